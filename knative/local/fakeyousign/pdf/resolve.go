package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
)

// Trailer is the trailer of the newest revision.
func (d *Document) Trailer() Dict { return d.trailer }

// Resolve follows o if it is a reference, once: what it points to may hold references but is none (7.3.10). An
// object that does not exist is nil, as the standard says; one that cannot be read is an error.
func (d *Document) Resolve(o Object) (Object, error) {
	ref, ok := o.(Ref)
	if !ok {
		return o, nil
	}
	s, found, err := d.seek(ref)
	if err != nil || !found {
		return nil, err
	}
	o, err = s.next()
	if err != nil {
		return nil, err
	}
	if dict, ok := o.(Dict); ok {
		return d.withStream(&s, dict)
	}
	if n, ok := o.(int64); ok {
		return n, nil
	}
	return tame(o), nil
}

// tame turns what can only be a mistake, a bare word as an object, into null.
func tame(o Object) Object {
	if _, ok := o.(word); ok {
		return nil
	}
	return o
}

// seek returns a scanner behind the "n g obj" of ref.
func (d *Document) seek(ref Ref) (scanner, bool, error) {
	e, found := d.offsets[ref.Number]
	if !found || e.free || e.generation != ref.Generation {
		return scanner{}, false, nil
	}
	if e.offset >= int64(len(d.raw)) {
		return scanner{}, false, malformed("object %d lies behind the end", ref.Number)
	}
	s := scanner{b: d.raw, at: int(e.offset)}
	number, _ := s.next()
	generation, _ := s.next()
	obj, _ := s.next()
	if number != int64(ref.Number) || generation != int64(ref.Generation) || obj != word("obj") {
		return scanner{}, false, malformed("object %d is not where it should be", ref.Number)
	}
	return s, true, nil
}

// withStream reads the bytes behind dict, if it is the dictionary of a stream (7.3.8).
func (d *Document) withStream(s *scanner, dict Dict) (Object, error) {
	s.skip()
	rest := s.b[s.at:]
	if !bytes.HasPrefix(rest, []byte("stream")) {
		return dict, nil
	}
	rest = bytes.TrimPrefix(rest[len("stream"):], []byte("\r"))
	rest = bytes.TrimPrefix(rest, []byte("\n"))
	length, err := d.length(dict["Length"])
	if err != nil {
		return nil, err
	}
	if length < 0 || length > int64(len(rest)) {
		return nil, malformed("a stream is longer than the file")
	}
	return &Stream{Dict: dict, Raw: rest[:length]}, nil
}

// length resolves a stream's Length without ever reading a stream: its length could be itself.
func (d *Document) length(o Object) (int64, error) {
	if ref, ok := o.(Ref); ok {
		s, found, err := d.seek(ref)
		if err != nil || !found {
			return 0, malformed("a stream without a length")
		}
		o, _ = s.next()
	}
	n, ok := o.(int64)
	if !ok {
		return 0, malformed("a stream without a length")
	}
	return n, nil
}

// Decode returns the bytes of a stream, decoded. It knows FlateDecode without a predictor, which is what page
// contents and fonts' maps are written with.
func (d *Document) Decode(s *Stream) ([]byte, error) {
	filter, err := d.filter(s.Dict)
	if err != nil {
		return nil, err
	}
	switch filter {
	case "":
		return s.Raw, nil
	case "FlateDecode", "Fl":
		return d.inflate(s.Raw)
	}
	return nil, fmt.Errorf("%w: the filter %q", ErrUnsupported, string(filter))
}

// filter is the one filter of a stream, or empty.
func (d *Document) filter(dict Dict) (Name, error) {
	o, err := d.Resolve(dict["Filter"])
	if err != nil {
		return "", err
	}
	if list, ok := o.(Array); ok {
		if len(list) > 1 {
			return "", fmt.Errorf("%w: a stream with several filters", ErrUnsupported)
		}
		o = nil
		if len(list) == 1 {
			if o, err = d.Resolve(list[0]); err != nil {
				return "", err
			}
		}
	}
	name, _ := o.(Name)
	return name, nil
}

// inflate stops at the budget of the whole document, so that a small file cannot fill the memory.
func (d *Document) inflate(raw []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, malformed("a stream does not inflate")
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(d.budget)+1))
	if err != nil {
		return nil, malformed("a stream does not inflate")
	}
	if d.budget -= len(out); d.budget < 0 {
		return nil, malformed("its streams hold too much")
	}
	return out, nil
}

// Dict resolves o and returns it as a dictionary; nil if it is none.
func (d *Document) Dict(o Object) (Dict, error) {
	o, err := d.Resolve(o)
	dict, _ := o.(Dict)
	return dict, err
}

// Array resolves o and returns it as a list; nil if it is none.
func (d *Document) Array(o Object) (Array, error) {
	o, err := d.Resolve(o)
	list, _ := o.(Array)
	return list, err
}
