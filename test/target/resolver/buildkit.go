package main

import (
	"context"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/buildkit/util/resolver"
)

// As BuildKit does, with a buildkitd.toml.
func ask(file, image string) error {
	read, err := config.LoadFile(file)
	if err != nil {
		return err
	}
	hosts := resolver.NewRegistryConfig(read.Registries)
	_, _, err = docker.NewResolver(docker.ResolverOptions{Hosts: hosts}).Resolve(context.Background(), image)
	return err
}
