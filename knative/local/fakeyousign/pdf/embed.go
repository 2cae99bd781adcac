package pdf

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
)

var (
	contentsKey  = regexp.MustCompile(`/Contents\s+(\d{1,8}\s+\d{1,5}\s+R)`)
	resourcesKey = regexp.MustCompile(`/Resources\s+(\d{1,8}\s+\d{1,5}\s+R)`)
)

// Embed copies the first page of a file that fpdf made as a form (8.10): what it draws, with the fonts that it needs.
func (r *Revision) Embed(file []byte) (Ref, error) {
	d, err := Open(file)
	if err != nil {
		return Ref{}, err
	}
	pages, err := d.Pages()
	if err != nil {
		return Ref{}, err
	}
	contents, resources := contentsKey.FindStringSubmatch(pages[0].Dict), resourcesKey.FindStringSubmatch(pages[0].Dict)
	if contents == nil || resources == nil {
		return Ref{}, malformed("its page has no contents")
	}
	c := copier{from: d, to: r, copies: map[Ref]Ref{}}
	box := pages[0].Box
	form := c.copy(refs(contents[1])[0], fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [%g %g %g %g] /Resources %s ",
		box[0], box[1], box[2], box[3], c.copy(refs(resources[1])[0], "")))
	return form, c.err
}

// copier copies objects with everything that they refer to.
type copier struct {
	from   *Document
	to     *Revision
	copies map[Ref]Ref
	err    error
}

// copy copies one object, once; further stands behind the "<<" of its dictionary.
func (c *copier) copy(ref Ref, further string) Ref {
	if made, done := c.copies[ref]; done {
		return made
	}
	made := c.to.Add("")
	c.copies[ref] = made
	body, err := c.from.object(ref)
	if err != nil {
		c.err = err
		return made
	}
	head, stream, _ := bytes.Cut(body, []byte("stream\n"))
	head = reference.ReplaceAllFunc(head, func(text []byte) []byte { return []byte(c.copy(refs(string(text))[0], "").String()) })
	head = bytes.Replace(head, []byte("<<"), []byte("<<"+further), 1)
	if stream != nil {
		head = slices.Concat(head, []byte("stream\n"), stream)
	}
	c.to.objects[made] = head
	return made
}

// object is everything between "obj" and "endobj". It ends where the next object begins: a stream may hold any bytes.
func (d *Document) object(ref Ref) ([]byte, error) {
	body, err := d.body(ref)
	if err != nil {
		return nil, err
	}
	begin, end := len(d.raw)-len(body), d.xref
	for _, at := range d.offsets {
		if at > begin {
			end = min(end, at)
		}
	}
	if end < begin {
		return nil, malformed("object %s lies behind the table", ref)
	}
	return bytes.TrimSuffix(bytes.TrimSpace(d.raw[begin:end]), []byte("endobj")), nil
}
