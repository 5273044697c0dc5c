package inventory

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxContent bounds, in bytes, what a packed inventory may unfold to.
const maxContent = 32 << 20

// empty tells whether there is nothing to remember.
func (c content) empty() bool {
	return len(c.Fingerprints) == 0 && len(c.Credentials) == 0 && len(c.Inventory) == 0
}

// pack writes the same content always to the same bytes.
func pack(c content) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// unpack never shows the content in its error.
func unpack(packed []byte) (content, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return content{}, fmt.Errorf("unpacking it: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxContent+1))
	if err != nil {
		return content{}, fmt.Errorf("unpacking it: %w", err)
	}
	if len(text) > maxContent {
		return content{}, fmt.Errorf("unpacking it: more than %d bytes", maxContent)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return content{}, errors.New("it is no JSON of that form")
	}
	return c, nil
}
