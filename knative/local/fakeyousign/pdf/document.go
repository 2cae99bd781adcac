package pdf

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrUnsupported says that the file is a PDF of a kind that this package does not read: encrypted, or with
// cross-reference or object streams.
var ErrUnsupported = errors.New("unsupported PDF")

// Document is a PDF file, opened. It keeps the bytes it was opened from and never changes them.
type Document struct {
	raw     []byte
	offsets map[int]entry // of every object in use; the newest revision counts
	trailer Dict          // of the newest revision
	xref    int64         // where its cross-reference table begins
	budget  int           // how many decoded bytes may still be made: a small file can hold gigabytes
}

type entry struct {
	offset     int64
	generation int
	free       bool
}

// decodedLimit bounds all streams of one document together, decoded.
const decodedLimit = 256 << 20

// revisionLimit bounds the chain of revisions that is followed.
const revisionLimit = 256

// Open reads the cross-reference tables of a PDF file. Its error is ErrMalformed or ErrUnsupported, with the cause.
func Open(raw []byte) (*Document, error) {
	if !bytes.HasPrefix(raw, []byte("%PDF-")) {
		return nil, malformed("it does not begin with %%PDF-")
	}
	start, err := startxref(raw)
	if err != nil {
		return nil, err
	}
	d := &Document{raw: raw, offsets: map[int]entry{}, xref: start, budget: decodedLimit}
	seen := map[int64]bool{}
	for at, more := start, true; more; {
		if seen[at] || len(seen) > revisionLimit {
			return nil, malformed("its revisions go round in a circle")
		}
		seen[at] = true
		if at, more, err = d.readTable(at); err != nil {
			return nil, err
		}
	}
	if d.trailer["Encrypt"] != nil {
		return nil, fmt.Errorf("%w: it is encrypted", ErrUnsupported)
	}
	return d, nil
}

// startxref finds where the newest cross-reference table begins: the last such word near the end of the file.
func startxref(raw []byte) (int64, error) {
	tail := raw[max(0, len(raw)-2048):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, malformed("it has no startxref")
	}
	s := scanner{b: tail, at: i + len("startxref")}
	o, err := s.next()
	offset, ok := o.(int64)
	if err != nil || !ok || offset < 0 || offset >= int64(len(raw)) {
		return 0, malformed("its startxref points nowhere")
	}
	return offset, nil
}

// readTable reads one table and its trailer, and says where the one before begins.
func (d *Document) readTable(at int64) (previous int64, more bool, err error) {
	s := scanner{b: d.raw, at: int(at)}
	if o, err := s.next(); err != nil || o != word("xref") {
		return 0, false, fmt.Errorf("%w: its cross-reference table is a stream, or not where it should be", ErrUnsupported)
	}
	for {
		o, err := s.next()
		if err != nil {
			return 0, false, err
		}
		if o == word("trailer") {
			break
		}
		if err := d.readSection(&s, o); err != nil {
			return 0, false, err
		}
	}
	o, err := s.next()
	trailer, ok := o.(Dict)
	if err != nil || !ok {
		return 0, false, malformed("it has no trailer")
	}
	if trailer["XRefStm"] != nil {
		return 0, false, fmt.Errorf("%w: it has a cross-reference stream beside its table", ErrUnsupported)
	}
	if d.trailer == nil {
		d.trailer = trailer
	}
	return d.previous(trailer)
}

// previous says where the revision before this one begins, if there is one.
func (d *Document) previous(trailer Dict) (int64, bool, error) {
	if trailer["Prev"] == nil {
		return 0, false, nil
	}
	at, ok := trailer["Prev"].(int64)
	if !ok || at < 0 || at >= int64(len(d.raw)) {
		return 0, false, malformed("its trailer's Prev points nowhere")
	}
	return at, true, nil
}

// readSection reads "first count" and count entries "offset generation n|f". What a newer revision said stays.
func (d *Document) readSection(s *scanner, o Object) error {
	first, ok := o.(int64)
	second, err := s.next()
	count, ok2 := second.(int64)
	if err != nil || !ok || !ok2 || first < 0 || first > 1<<31 {
		return malformed("a section of its cross-reference table has no head")
	}
	for n := range count {
		var e entry
		if e, ok = readEntry(s); !ok {
			return malformed("its cross-reference table breaks off")
		}
		if _, newer := d.offsets[int(first+n)]; !newer {
			d.offsets[int(first+n)] = e
		}
	}
	return nil
}

func readEntry(s *scanner) (entry, bool) {
	a, err1 := s.next()
	b, err2 := s.next()
	c, err3 := s.next()
	if errors.Join(err1, err2, err3) != nil {
		return entry{}, false
	}
	offset, ok1 := a.(int64)
	generation, ok2 := b.(int64)
	kind, ok3 := c.(word)
	good := ok1 && ok2 && ok3 && offset >= 0 && generation >= 0 && generation <= 65535 && (kind == "n" || kind == "f")
	return entry{offset: offset, generation: int(generation), free: kind == "f"}, good
}
