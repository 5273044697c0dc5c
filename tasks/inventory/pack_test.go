package inventory

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func packed(c content) ([]byte, error) {
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	return compress(text)
}

// FuzzUnpack: whatever the Secret holds is read or refused, and what
// was read is written to something that reads the same.
func FuzzUnpack(f *testing.F) {
	full, err := packed(content{Fingerprints: map[string][]byte{"a": {1}}, Credentials: map[string]string{"b": "c"}, Inventory: map[string]map[string]string{"robot": {"d": ""}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{nil, full, full[:len(full)-9], []byte("{}")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytesRead []byte) {
		first, err := unpack(bytesRead)
		if err != nil {
			return
		}
		again, err := packed(first)
		if err != nil {
			t.Fatalf("packing what was unpacked: %v", err)
		}
		second, err := unpack(again)
		third, errAgain := packed(second)
		if err != nil || errAgain != nil || !bytes.Equal(again, third) {
			t.Errorf("read again: %v, %v: -first, +second:\n%s", err, errAgain, cmp.Diff(first, second))
		}
	})
}

// TestUnpackBomb: a small Secret does not fill the memory.
func TestUnpackBomb(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := w.Write(make([]byte, maxContent+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(bomb.Bytes()); err == nil {
		t.Errorf("%d bytes were unfolded to more than %d", bomb.Len(), maxContent)
	}
}
