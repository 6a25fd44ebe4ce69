// Asks for images as Rancher's own library does, with the registries.yaml that each line of the input names: FILE IMAGE. What
// it finds is nothing; who was asked the far end knows.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/rancher/wharfie/pkg/registries"
	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		file, image, _ := strings.Cut(lines.Text(), " ")
		read, err := registries.GetPrivateRegistries(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, file, err)
			os.Exit(1)
		}
		reference, err := name.ParseReference(image)
		if err == nil {
			_, err = read.Image(reference)
		}
		fmt.Println(image, err)
	}
}
