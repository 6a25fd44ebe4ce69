// Pulls images as the kubelet does: by its own image manager, over the Container Runtime Interface. Each line of the input
// is an image as a JSON string. Each line of the output says what the kubelet sent to the runtime, or why it refused, and
// what the runtime answered. Without a socket as an argument, nothing is sent to anybody.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	noop "go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/flowcontrol"
	cri "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/images"
	"k8s.io/kubernetes/pkg/kubelet/images/pullmanager"
)

type result struct {
	Image   string `json:"image"`
	Sent    string `json:"sent,omitempty"`
	Refused string `json:"refused,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

// What the kubelet calls to pull an image; remembers with what it was called.
type runtime struct {
	kubecontainer.ImageService
	remote cri.ImageManagerService
	last   result
}

func (r *runtime) PullImage(
	ctx context.Context,
	image kubecontainer.ImageSpec,
	_ []credentialprovider.TrackedAuthConfig,
	sandbox *runtimeapi.PodSandboxConfig,
) (string, *credentialprovider.TrackedAuthConfig, error) {
	r.last.Sent = image.Image
	if r.remote == nil {
		return "", nil, nil
	}
	found, err := r.remote.PullImage(ctx, &runtimeapi.ImageSpec{Image: image.Image}, nil, sandbox)
	if err != nil {
		r.last.Answer = err.Error()
	}
	return found, nil, err
}

func (r *runtime) GetImageSize(context.Context, kubecontainer.ImageSpec) (uint64, error) {
	return 0, nil
}

type noTimes struct{}

func (noTimes) RecordImageStartedPulling(types.UID)  {}
func (noTimes) RecordImageFinishedPulling(types.UID) {}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	ctx := context.Background()
	service := &runtime{}
	if len(arguments) > 0 {
		client, err := remote.NewRemoteImageService(ctx, "unix://"+arguments[0], time.Minute, noop.NewTracerProvider(), false)
		if err != nil {
			return err
		}
		service.remote = client
	}
	manager := images.NewImageManager(
		&record.FakeRecorder{}, credentialprovider.UnionDockerKeyring{}, service, &pullmanager.NoopImagePullManager{},
		flowcontrol.NewBackOff(time.Nanosecond, time.Nanosecond), true, nil, 0, 0, noTimes{},
	)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		service.last = result{}
		if err := json.Unmarshal(lines.Bytes(), &service.last.Image); err != nil {
			return err
		}
		sandbox := &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{}}
		_, _, err := manager.EnsureImageExists(ctx, nil, &v1.Pod{}, service.last.Image, nil, sandbox, "", v1.PullAlways)
		if err != nil && service.last.Sent == "" {
			service.last.Refused = err.Error()
		}
		if err := out.Encode(service.last); err != nil {
			return err
		}
	}
	return lines.Err()
}
