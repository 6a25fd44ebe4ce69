package main

import (
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/rancher/wharfie/pkg/registries"
)

// As Rancher's own library does, with a registries.yaml.
func ask(file, image string) error {
	read, err := registries.GetPrivateRegistries(file)
	if err != nil {
		return err
	}
	reference, err := name.ParseReference(image)
	if err != nil {
		return err
	}
	_, err = read.Image(reference)
	return err
}
