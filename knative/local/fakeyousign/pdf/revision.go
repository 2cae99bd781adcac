package pdf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// Revision gathers objects and appends them to a document as an incremental update (ISO 32000-1, 7.5.6).
type Revision struct {
	d       *Document
	size    int // the next free object number
	objects map[Ref][]byte
}

var sizeKey = regexp.MustCompile(`/Size\s+(\d{1,8})`)

// Revise begins a revision.
func (d *Document) Revise() (*Revision, error) {
	m := sizeKey.FindStringSubmatch(d.trailer)
	if m == nil || !strings.HasSuffix(d.trailer, ">>") {
		return nil, malformed("its trailer has no Size")
	}
	return &Revision{d: d, size: number(m[1]), objects: map[Ref][]byte{}}, nil
}

// Add adds a new object.
func (r *Revision) Add(object string) Ref {
	ref := Ref{Number: r.size}
	r.size++
	r.objects[ref] = []byte(object)
	return ref
}

// Replace puts another object in the place of an old one.
func (r *Revision) Replace(ref Ref, object string) { r.objects[ref] = []byte(object) }

// Bytes is the document with the revision behind it: objects, cross-reference table, trailer.
func (r *Revision) Bytes() []byte {
	out := bytes.NewBuffer(slices.Clone(r.d.raw))
	out.WriteByte('\n')
	table := bytes.NewBufferString("xref\n")
	for _, ref := range slices.SortedFunc(maps.Keys(r.objects), func(a, b Ref) int { return a.Number - b.Number }) {
		fmt.Fprintf(table, "%d 1\n%010d %05d n \n", ref.Number, out.Len(), ref.Generation) // an entry has 20 bytes (7.5.4)
		fmt.Fprintf(out, "%d %d obj\n%s\nendobj\n", ref.Number, ref.Generation, r.objects[ref])
	}
	trailer := previous.ReplaceAllString(sizeKey.ReplaceAllString(r.d.trailer, ""), "")
	trailer = fmt.Sprintf("%s /Size %d /Prev %d>>", strings.TrimSuffix(trailer, ">>"), r.size, r.d.xref)
	start := out.Len()
	fmt.Fprintf(out, "%strailer\n%s\nstartxref\n%d\n%%%%EOF\n", table, trailer, start)
	return out.Bytes()
}

// Push puts an object at the beginning of a list in a dictionary, which is made if there is none. A list that stands
// elsewhere in the file is not supported.
func Push(dict, key string, object Ref) (string, error) {
	at := regexp.MustCompile(`/` + key + `\s*\[`).FindStringIndex(dict)
	switch {
	case at != nil:
		return dict[:at[1]] + object.String() + " " + dict[at[1]:], nil
	case regexp.MustCompile(`/` + key + `\b`).MatchString(dict):
		return "", fmt.Errorf("%w: %s is not in its place", ErrUnsupported, key)
	}
	return Set(dict, key, "["+object.String()+"]"), nil
}

// Set adds a key that a dictionary does not have.
func Set(dict, key, value string) string {
	return fmt.Sprintf("%s /%s %s>>", strings.TrimSuffix(dict, ">>"), key, value)
}

// Text is a text string (7.9.2.2): UTF-16BE with its mark.
func Text(s string) string {
	out := []byte{0xFE, 0xFF}
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, unit)
	}
	return fmt.Sprintf("<%X>", out)
}
