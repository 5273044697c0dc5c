package inventory

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzUnpack: whatever stands in the state Secret is read or refused, and what
// was read is written to something that reads the same.
func FuzzUnpack(f *testing.F) {
	full, err := pack(content{Fingerprints: map[string][]byte{"a": {1}}, Credentials: map[string]string{"b": "c"}, Inventory: map[string]map[string]string{"robot": {"d": ""}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, packed := range [][]byte{nil, full, full[:len(full)-9], []byte("{}")} {
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		first, err := unpack(packed)
		if err != nil {
			return
		}
		again, err := pack(first)
		if err != nil {
			t.Fatalf("packing what was unpacked: %v", err)
		}
		second, err := unpack(again)
		third, errAgain := pack(second)
		if err != nil || errAgain != nil || !bytes.Equal(again, third) {
			t.Errorf("read again: %v, %v: -first, +second:\n%s", err, errAgain, cmp.Diff(first, second))
		}
	})
}

// TestUnpackBomb: a small Secret does not fill the memory.
func TestUnpackBomb(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(make([]byte, maxContent+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(packed.Bytes()); err == nil {
		t.Errorf("%d bytes were unfolded to more than %d", packed.Len(), maxContent)
	}
}
