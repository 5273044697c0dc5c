package main

import (
	"bytes"
	"os"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// TestBill reads the bill of this test: it names the library that wrote it, and is the same twice.
func TestBill(t *testing.T) {
	test, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var once, twice bytes.Buffer
	for _, w := range []*bytes.Buffer{&once, &twice} {
		if err := write(w, []string{"v1.2.3", "1700000000", test}); err != nil {
			t.Fatal(err)
		}
	}
	if once.String() != twice.String() {
		t.Error("the same binary gives two bills")
	}
	var bill cdx.BOM
	if err := cdx.NewBOMDecoder(&once, cdx.BOMFileFormatJSON).Decode(&bill); err != nil {
		t.Fatal(err)
	}
	if got := bill.Metadata; got.Timestamp != "2023-11-14T22:13:20Z" || got.Component.Version != "v1.2.3" || len(*got.Component.Hashes) != 1 {
		t.Errorf("it is the bill of %+v at %s", got.Component, got.Timestamp)
	}
	versions := map[string]string{}
	for _, component := range *bill.Components {
		versions[component.Name] = component.Version
	}
	if versions["std"] == "" || versions["github.com/CycloneDX/cyclonedx-go"] == "" {
		t.Errorf("it lists %v, want Go and the library for bills at least", versions)
	}
	if needs := (*bill.Dependencies)[0].Dependencies; len(*needs) != len(versions) {
		t.Errorf("the binary needs %d of %d components", len(*needs), len(versions))
	}
}

func TestWrong(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
	}{
		"None":   {"Three are needed.", nil},
		"Time":   {"It is not a number.", []string{"v1", "today", "main_test.go"}},
		"Absent": {"There is no such file.", []string{"v1", "0", "absent"}},
		"Source": {"It is not a binary.", []string{"v1", "0", "main_test.go"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out, tc.args); err == nil || out.Len() != 0 {
				t.Errorf("%s: it wrote %q and says %v", tc.reason, out.String(), err)
			}
		})
	}
}
