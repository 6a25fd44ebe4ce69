// The floor for a webhook in Go: net/http and encoding/json, of the body only the fields that an
// image rewriter reads, the uid echoed, one constant patch. No rules, no logs, no metrics.
package main

import (
	"crypto/tls"
	"encoding/json"
	"log"
	"net/http"
	"os"
)

type container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

type review struct {
	APIVersion string `json:"apiVersion"`
	Request    struct {
		UID    string `json:"uid"`
		Object struct {
			Spec struct {
				Containers     []container `json:"containers"`
				InitContainers []container `json:"initContainers"`
			} `json:"spec"`
		} `json:"object"`
	} `json:"request"`
}

type response struct {
	UID       string `json:"uid"`
	Allowed   bool   `json:"allowed"`
	PatchType string `json:"patchType"`
	Patch     []byte `json:"patch"` // encoding/json writes it as base64
}

type answer struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Response   response `json:"response"`
}

var patch = []byte(`[{"op":"replace","path":"/spec/containers/0/image","value":"mirror.example/coredns:1.3.1"}]`)

func mutate(w http.ResponseWriter, r *http.Request) {
	var in review
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer{
		APIVersion: in.APIVersion,
		Kind:       "AdmissionReview",
		Response:   response{UID: in.Request.UID, Allowed: true, PatchType: "JSONPatch", Patch: patch},
	})
}

func main() {
	port, certificate, key := os.Args[1], os.Args[2], os.Args[3]
	server := &http.Server{
		Addr:         "127.0.0.1:" + port,
		Handler:      http.HandlerFunc(mutate),
		TLSConfig:    &tls.Config{MinVersion: tls.VersionTLS13},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
	}
	log.Fatal(server.ListenAndServeTLS(certificate, key))
}
