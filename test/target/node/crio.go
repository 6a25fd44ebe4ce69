// Asks for images as CRI-O does, once the kubelet has sent them: by the library that it reads names, and registries.conf,
// with. Each line of the input is an image as a JSON string. Each line of the output says which registries were asked, and
// for which repository, or why nobody was. The first argument is a registries.conf; the second, if there is one, is the folder
// with the certificates of registries.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/sirupsen/logrus"
	"io"

	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/docker/reference"
	"go.podman.io/image/v5/pkg/shortnames"
	"go.podman.io/image/v5/types"
)

type result struct {
	Image string   `json:"image"`
	Asked []string `json:"asked,omitempty"`
	Error string   `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1], os.Args[2:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(configuration string, certificates ...string) error {
	logrus.SetOutput(io.Discard)
	// As CandidatesForPotentiallyShortImageName of CRI-O's internal/storage has it.
	mode := types.ShortNameModeDisabled
	system := &types.SystemContext{
		SystemRegistriesConfPath:    configuration,
		SystemRegistriesConfDirPath: "/nonexistent",
		ShortNameMode:               &mode,
	}
	for _, folder := range certificates {
		system.DockerPerHostCertDirPath = folder
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var each result
		if err := json.Unmarshal(lines.Bytes(), &each.Image); err != nil {
			return err
		}
		asked, err := ask(system, each.Image)
		each.Asked = asked
		if err != nil {
			each.Error = err.Error()
		}
		if err := out.Encode(each); err != nil {
			return err
		}
	}
	return lines.Err()
}

func ask(system *types.SystemContext, image string) ([]string, error) {
	resolved, err := shortnames.Resolve(system, image)
	if err != nil {
		return nil, err
	}
	var asked []string
	var last error
	for _, candidate := range resolved.PullCandidates {
		named := candidate.Value
		if digested, ok := named.(reference.Canonical); ok {
			if named, err = reference.WithDigest(reference.TrimNamed(named), digested.Digest()); err != nil {
				return asked, err
			}
		}
		target, err := docker.NewReference(named)
		if err != nil {
			return asked, err
		}
		_, last = target.NewImageSource(context.Background(), system)
		// Nobody can be reached, so the error says who was to be.
		var failed *url.Error
		if errors.As(last, &failed) {
			if address, err := url.Parse(failed.URL); err == nil && address.Host != "" {
				asked = append(asked, address.Host+" "+reference.Path(named))
			}
		}
	}
	return asked, last
}
