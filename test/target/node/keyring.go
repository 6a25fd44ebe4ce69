// Looks up logins as the kubelet does: in the keyring that its own package makes of a Pod's pull
// Secrets. Each line of the input has Secrets and an image; each line of the output says whether
// they have a login for it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type question struct {
	Secrets []v1.Secret `json:"secrets"`
	Image   string      `json:"image"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		found, err := lookUp(asked)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, found)
	}
	return lines.Err()
}

func lookUp(asked question) (bool, error) {
	name, _, _, err := parsers.ParseImageName(asked.Image)
	if err != nil {
		return false, err
	}
	keyring, err := secrets.MakeDockerKeyring(asked.Secrets, credentialprovider.UnionDockerKeyring{})
	if err != nil {
		return false, err
	}
	_, found := keyring.Lookup(name)
	return found, nil
}
