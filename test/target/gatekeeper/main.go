// Mutates Pods as Gatekeeper does, by its own code: standard input has its objects and Pods with their namespaces, standard
// output the Pods. Providers are called for real, with the client certificate of the two files named as arguments.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	providers "github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/unversioned"
	providersv1beta1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/v1beta1"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"github.com/open-policy-agent/gatekeeper/v3/apis/mutations/unversioned"
	mutationsv1 "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/v1"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/yaml"
)

type input struct {
	Objects []json.RawMessage `json:"objects"`
	Reviews []struct {
		Operation admissionv1.Operation  `json:"operation"`
		Namespace corev1.Namespace       `json:"namespace"`
		Pod       map[string]interface{} `json:"pod"`
	} `json:"reviews"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(certificate, key string) error {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	watcher, err := certwatcher.New(certificate, key)
	if err != nil {
		return err
	}
	cache := externaldata.NewCache()
	system := mutation.NewSystem(mutation.SystemOpts{ProviderCache: cache, ClientCertWatcher: watcher})
	for _, object := range in.Objects {
		if err := add(object, cache, system); err != nil {
			return err
		}
	}
	out := json.NewEncoder(os.Stdout)
	for _, review := range in.Reviews {
		object := unstructured.Unstructured{Object: review.Pod}
		_, err := system.Mutate(context.Background(), &types.Mutable{
			Object:    &object,
			Namespace: &review.Namespace,
			Source:    types.SourceTypeOriginal,
			Operation: review.Operation,
		})
		if err != nil {
			return err
		}
		if err := out.Encode(object.Object); err != nil {
			return err
		}
	}
	return nil
}

// Strictly: a field that Gatekeeper does not know is an error, as it is to kubectl.
func add(object []byte, cache *externaldata.ProviderCache, system *mutation.System) error {
	var of struct{ Kind string }
	if err := json.Unmarshal(object, &of); err != nil {
		return err
	}
	if of.Kind == "Provider" {
		if err := yaml.UnmarshalStrict(object, &providersv1beta1.Provider{}); err != nil {
			return err
		}
		var provider providers.Provider
		if err := json.Unmarshal(object, &provider); err != nil {
			return err
		}
		return cache.Upsert(&provider)
	}
	if err := yaml.UnmarshalStrict(object, &mutationsv1.Assign{}); err != nil {
		return err
	}
	var assign unversioned.Assign
	if err := json.Unmarshal(object, &assign); err != nil {
		return err
	}
	mutator, err := mutators.MutatorForAssign(&assign)
	if err != nil {
		return err
	}
	return system.Upsert(mutator)
}
