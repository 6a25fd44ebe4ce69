// Reads a MutatingWebhookConfiguration or an AdmissionReview of v1beta1 from standard input by the types of one
// Kubernetes release, and fails on a field that they do not have.
package main

import (
	"fmt"
	"io/ioutil"
	"os"

	admission "k8s.io/api/admission/v1beta1"
	registration "k8s.io/api/admissionregistration/v1beta1"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := ioutil.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	kinds := map[string]interface{}{
		"MutatingWebhookConfiguration": &registration.MutatingWebhookConfiguration{},
		"AdmissionReview":              &admission.AdmissionReview{},
	}
	object, known := kinds[os.Args[1]]
	if !known {
		fail(fmt.Errorf("unknown kind %s", os.Args[1]))
	}
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
