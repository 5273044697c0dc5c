package kube_test

import (
	"flag"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"otomi.io/tasks/internal/conformance/kube"
)

var kubeconfig = flag.String("kubeconfig", "", "run the suite on this real cluster instead of the one in memory")

func TestSuite(t *testing.T) {
	t.Parallel()
	if *kubeconfig == "" {
		kube.Run(t, kube.NewMemory().Config())
		return
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	kube.RunReal(t, config)
}
