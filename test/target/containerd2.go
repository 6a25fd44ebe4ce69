// Resolves images as containerd 2 does, with the folder of hosts.toml files that each line of the input names:
// FOLDER IMAGE. What it finds is nothing; who was asked the far end knows.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
	"github.com/containerd/log"
	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetOutput(io.Discard)
	ctx := log.WithLogger(context.Background(), log.L)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		folder, image, _ := strings.Cut(lines.Text(), " ")
		hosts := config.ConfigureHosts(ctx, config.HostOptions{HostDir: config.HostDirFromRoot(folder)})
		_, _, err := docker.NewResolver(docker.ResolverOptions{Hosts: hosts}).Resolve(ctx, image)
		fmt.Println(image, err)
	}
}
