package servers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	own := giteaSettings("/dist", GiteaOptions{
		Options:  Options{Port: 3000},
		Settings: Settings{"server": {"ROOT_URL": "https://gitea.example.com/"}, "api": {"MAX_RESPONSE_ITEMS": "2"}},
	})
	if got := own["server"]["ROOT_URL"]; got != "https://gitea.example.com/" {
		t.Errorf("the caller's settings win: ROOT_URL is %s", got)
	}
	if got := own["server"]["HTTP_PORT"]; got != "3000" {
		t.Errorf("settings beside the caller's stay: HTTP_PORT is %s", got)
	}
	got := string(Settings{"b": {"Y": "2", "X": "1 # 2"}, "": {"TOP": "yes"}, "a.b": {}}.ini())
	want := "TOP = yes\n[a.b]\n[b]\nX = 1 # 2\nY = 2\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the file is sorted, and what has no section stands first (-want +got):\n%s", diff)
	}
}

func TestWithoutPrefixes(t *testing.T) {
	got := withoutPrefixes([]string{"PATH=/bin", "KC_DB=postgres", "QUARKUS_PROFILE=dev", "HOME=/root", "KCX=1"}, "KC_", "QUARKUS_")
	want := []string{"PATH=/bin", "HOME=/root", "KCX=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the caller's environment must not configure the server (-want +got):\n%s", diff)
	}
}
