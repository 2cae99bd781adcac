// Package pdf reads what a signature service needs of a PDF file (its pages, and where text stands) and appends to it:
// what was signed stays as it was signed. It refuses files without a classic cross-reference table, and never panics.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	reader "github.com/ledongthuc/pdf"
)

var (
	// ErrMalformed says that a file is not a PDF, or is damaged.
	ErrMalformed = errors.New("malformed PDF")
	// ErrUnsupported says that a file is a PDF of a kind that this package does not read.
	ErrUnsupported = errors.New("unsupported PDF")
)

// Document is an opened PDF file. Its bytes are never changed.
type Document struct {
	raw     []byte
	offsets map[Ref]int // of every object in use; the newest revision counts
	xref    int         // where the newest cross-reference table begins
	trailer string      // the newest, as it is written
}

// Ref is a reference to an object. A document's own objects have the text "number generation R".
type Ref struct{ Number, Generation int }

func (r Ref) String() string { return fmt.Sprintf("%d %d R", r.Number, r.Generation) }

// Page is one page: what it is written as, and its MediaBox (left, bottom, right, top, in points).
type Page struct {
	Ref  Ref
	Dict string
	Box  [4]float64
}

// Glyph is one notification on a page. X and Y are where its baseline begins, from the lower left corner of the page.
type Glyph struct {
	Text       string
	X, Y, Size float64
}

// Bounds of what is read: a small file can claim to be large.
const (
	revisionLimit = 256
	objectLimit   = 1 << 20
	pageLimit     = 5000
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Open reads the cross-reference tables. Its error is ErrMalformed or ErrUnsupported, with the cause.
func Open(raw []byte) (*Document, error) {
	if !bytes.HasPrefix(raw, []byte("%PDF-")) {
		return nil, malformed("it does not begin with %%PDF-")
	}
	found := startxref.FindAllSubmatch(raw[max(0, len(raw)-2048):], -1)
	if found == nil {
		return nil, malformed("it has no startxref")
	}
	d := &Document{raw: raw, offsets: map[Ref]int{}, xref: number(found[len(found)-1][1])}
	if err := d.readTables(); err != nil {
		return nil, err
	}
	for _, key := range []string{"/Encrypt", "/XRefStm"} {
		if strings.Contains(d.trailer, key) {
			return nil, fmt.Errorf("%w: its trailer has %s", ErrUnsupported, key)
		}
	}
	return d, nil
}

var (
	startxref = regexp.MustCompile(`startxref\s+(\d{1,10})\s`)
	previous  = regexp.MustCompile(`/Prev\s+(\d{1,10})`)
)

// readTables follows the tables from the newest revision to the first.
func (d *Document) readTables() error {
	seen := map[int]bool{}
	for at := d.xref; ; {
		if at >= len(d.raw) || seen[at] || len(seen) > revisionLimit {
			return malformed("its revisions do not end")
		}
		seen[at] = true
		table, rest, found := bytes.Cut(d.raw[at:], []byte("trailer"))
		if !found || !bytes.HasPrefix(table, []byte("xref")) {
			return fmt.Errorf("%w: it has no cross-reference table, or a stream in its place", ErrUnsupported)
		}
		trailer, _, _ := bytes.Cut(rest, []byte("startxref"))
		if d.trailer == "" {
			d.trailer = string(bytes.TrimSpace(trailer))
		}
		if err := d.readTable(strings.Fields(string(table[len("xref"):]))); err != nil {
			return err
		}
		next := previous.FindSubmatch(trailer)
		if next == nil {
			return nil
		}
		at = number(next[1])
	}
}

// readTable reads sections of "first count" and count entries "offset generation n|f". Newer entries stay.
func (d *Document) readTable(words []string) error {
	for len(words) > 0 {
		if len(words) < 2 {
			return malformed("its cross-reference table breaks off")
		}
		first, count := number(words[0]), number(words[1])
		words = words[2:]
		if count > len(words)/3 || len(d.offsets)+count > objectLimit {
			return malformed("its cross-reference table breaks off")
		}
		for n := range count {
			ref := Ref{first + n, number(words[1])}
			if _, newer := d.offsets[ref]; !newer && words[2] == "n" {
				d.offsets[ref] = number(words[0])
			}
			words = words[3:]
		}
	}
	return nil
}

// number reads what a pattern or a table says; what is no number leads nowhere, which the reader of it notices.
func number[T string | []byte](digits T) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 1 << 40
	}
	return n
}

// dict is the text of an object that is a dictionary.
func (d *Document) dict(ref Ref) (string, error) {
	body, err := d.body(ref)
	if err != nil {
		return "", err
	}
	text, _, _ := bytes.Cut(body, []byte("endobj"))
	text = bytes.TrimSpace(text)
	if !bytes.HasPrefix(text, []byte("<<")) || !bytes.HasSuffix(text, []byte(">>")) {
		return "", malformed("object %s is no dictionary", ref)
	}
	return string(text), nil
}

// body is the file from behind the head of an object.
func (d *Document) body(ref Ref) ([]byte, error) {
	at, found := d.offsets[ref]
	head := fmt.Appendf(nil, "%d %d obj", ref.Number, ref.Generation)
	if !found || at >= len(d.raw) || !bytes.HasPrefix(d.raw[at:], head) {
		return nil, malformed("object %s is not where it should be", ref)
	}
	return d.raw[at+len(head):], nil
}

// Glyphs returns the notifications of a page, counted from 0, in the order in which they are written.
func (d *Document) Glyphs(page int) (glyphs []Glyph, err error) {
	defer func() {
		if cause := recover(); cause != nil { // how the library says that a page cannot be read
			glyphs, err = nil, malformed("the text of page %d: %v", page+1, cause)
		}
	}()
	r, err := reader.NewReader(bytes.NewReader(d.raw), int64(len(d.raw)))
	if err != nil {
		return nil, malformed("%v", err)
	}
	for _, t := range r.Page(page + 1).Content().Text {
		glyphs = append(glyphs, Glyph{t.S, t.X, t.Y, t.FontSize})
	}
	return glyphs, nil
}
