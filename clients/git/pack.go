package git

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// object is a commit, tag, tree or file.
type object struct {
	kind plumbing.ObjectType
	data []byte
}

// store holds objects by their ids, which are computed, not taken from the server.
type store map[plumbing.Hash]object

// unpacker reads a pack. go-git's own reader of whole packs trusts the sizes in the pack.
type unpacker struct {
	scanner *packfile.Scanner
	objects store
	// at are the objects by their place in the pack.
	at map[int64]object
	// left is how much may still be unpacked, in bytes.
	left int64
}

// unpack reads all objects of a pack.
func unpack(pack io.Reader) (store, error) {
	u := unpacker{scanner: packfile.NewScanner(pack), objects: store{}, at: map[int64]object{}, left: maxContent}
	_, count, err := u.scanner.Header()
	for i := uint32(0); err == nil && i < count; i++ {
		err = u.next()
	}
	if err == nil {
		_, err = u.scanner.Checksum()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the pack: %w", err)
	}
	return u.objects, nil
}

func (u *unpacker) next() error {
	header, err := u.scanner.NextObjectHeader()
	if err != nil {
		return err
	}
	data, err := u.content(header.Length)
	if err != nil {
		return err
	}
	o := object{kind: header.Type, data: data}
	switch header.Type {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	case plumbing.OFSDeltaObject:
		o, err = u.changed(u.at[header.OffsetReference], data)
	case plumbing.REFDeltaObject:
		o, err = u.changed(u.objects[header.Reference], data)
	default:
		err = fmt.Errorf("%w: unknown kind of object", packfile.ErrMalformedPackFile)
	}
	if err != nil {
		return err
	}
	u.at[header.Offset] = o
	u.objects[plumbing.ComputeHash(o.kind, o.data)] = o
	return nil
}

// content reads the content that the last header announced; the scanner stops after that many bytes.
func (u *unpacker) content(length int64) ([]byte, error) {
	if err := u.take(length); err != nil {
		return nil, err
	}
	data := bytes.NewBuffer(make([]byte, 0, length))
	n, _, err := u.scanner.NextObject(data)
	if err == nil && n != length {
		err = fmt.Errorf("%w: an object is shorter than announced", packfile.ErrMalformedPackFile)
	}
	return data.Bytes(), err
}

// changed applies a delta to an object that came before it, as every object does that a delta of a whole pack is made for. A delta
// begins with the sizes of both sides.
func (u *unpacker) changed(base object, delta []byte) (object, error) {
	_, n := binary.Uvarint(delta)
	size, m := binary.Uvarint(delta[max(n, 0):])
	if n <= 0 || m <= 0 || base.kind == plumbing.InvalidObject {
		return object{}, fmt.Errorf("%w: a change to an unknown object", packfile.ErrMalformedPackFile)
	}
	if err := u.take(int64(min(size, maxContent+1))); err != nil {
		return object{}, err
	}
	data, err := packfile.PatchDelta(base.data, delta)
	return object{kind: base.kind, data: data}, err
}

// take makes sure that little deltas do not become a lot of memory.
func (u *unpacker) take(length int64) error {
	if length < 0 || length > u.left-perObject {
		return tooLarge(maxContent)
	}
	u.left -= length + perObject
	return nil
}
