// Asks for an image with the configuration that is named before it, a line of the input each: CONFIGURATION IMAGE. What it
// finds is nothing; who was asked the far end knows. What asks is in the other file of the program.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		configuration, image, _ := strings.Cut(lines.Text(), " ")
		fmt.Println(image, ask(configuration, image))
	}
}
