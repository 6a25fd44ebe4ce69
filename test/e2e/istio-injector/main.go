// istio-injector serves the webhook of Istio's sidecar injector: the code of istiod, with the
// templates that `istioctl install` writes, and nothing else of Istio.
//
//	istio-injector -cert FILE -key FILE
//
// prints the address at which it listens.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"istio.io/istio/operator/pkg/render"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/kube/multicluster"
)

func main() {
	cert := flag.String("cert", "", "the certificate, a PEM file")
	key := flag.String("key", "", "its key, a PEM file")
	flag.Parse()
	if err := serve(*cert, *key); err != nil {
		fmt.Fprintln(os.Stderr, "istio-injector:", err)
		os.Exit(1)
	}
}

func serve(cert, key string) error {
	settings, err := injectionSettings()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	if err := addInjector(mux, settings); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.ServeTLS(listener, mux, cert, key)
}

// injectionSettings returns the data of the ConfigMap in which an installation with default
// settings keeps the templates and values of the injector.
func injectionSettings() (map[string]string, error) {
	sets, _, err := render.GenerateManifest(nil, nil, false, nil, nil)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		for _, manifest := range set.Manifests {
			if manifest.GetKind() != "ConfigMap" || manifest.GetName() != "istio-sidecar-injector" {
				continue
			}
			settings := map[string]string{}
			for name, value := range manifest.Object["data"].(map[string]any) {
				settings[name] = value.(string)
			}
			return settings, nil
		}
	}
	return nil, fmt.Errorf("no ConfigMap istio-sidecar-injector is installed")
}

func addInjector(mux *http.ServeMux, settings map[string]string) error {
	folder, err := os.MkdirTemp("", "istio-injector-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	config, values := filepath.Join(folder, "config"), filepath.Join(folder, "values")
	for file, text := range map[string]string{config: settings["config"], values: settings["values"]} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	watcher, err := inject.NewFileWatcher(config, values)
	if err != nil {
		return err
	}
	meshConfig := mesh.DefaultMeshConfig()
	env := &model.Environment{
		Watcher:     meshwatcher.NewTestWatcher(meshConfig),
		ConfigStore: model.NewFakeStore(),
	}
	env.SetPushContext(&model.PushContext{ProxyConfigs: model.GetProxyConfigs(env.ConfigStore, meshConfig)})
	// It reads the settings here, and follows no later change of them.
	_, err = inject.NewWebhook(inject.WebhookParameters{
		Watcher:      watcher,
		Env:          env,
		Mux:          mux,
		MultiCluster: multicluster.NewFakeController(),
	})
	return err
}
