package servers

import (
	"os"
	"strings"
	"testing"
)

// TestHarborNotInstalled: without Harbor the error says what is missing.
func TestHarborNotInstalled(t *testing.T) {
	t.Setenv(HarborCore, os.Args[0])
	t.Setenv(HarborJobs, "")
	t.Setenv(HarborMigrations, "/nowhere")
	_, err := Harbor(t.Context(), HarborOptions{})
	if err == nil || strings.Contains(err.Error(), HarborCore) || !strings.Contains(err.Error(), HarborJobs) || !strings.Contains(err.Error(), HarborMigrations) {
		t.Errorf("starting what is not there: %v", err)
	}
}
