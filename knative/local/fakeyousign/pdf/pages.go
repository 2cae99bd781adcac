package pdf

import (
	"regexp"
	"strconv"
	"strings"
)

// a4 is the box of a page that has none.
var a4 = [4]float64{0, 0, 595.28, 841.89}

var (
	reference = regexp.MustCompile(`(\d{1,8})\s+(\d{1,5})\s+R\b`)
	rootKey   = regexp.MustCompile(`/Root\s+(\d{1,8}\s+\d{1,5}\s+R)`)
	pagesKey  = regexp.MustCompile(`/Pages\s+(\d{1,8}\s+\d{1,5}\s+R)`)
	kidsKey   = regexp.MustCompile(`/Kids\s*\[([^\]]*)\]`)
	boxKey    = regexp.MustCompile(`/MediaBox\s*\[([^\]]*)\]`)
)

// refs are the references in a text.
func refs(text string) (all []Ref) {
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		all = append(all, Ref{number(m[1]), number(m[2])})
	}
	return all
}

// Catalog is the document's root object, as it is written.
func (d *Document) Catalog() (Ref, string, error) {
	m := rootKey.FindStringSubmatch(d.trailer)
	if m == nil {
		return Ref{}, "", malformed("it has no catalog")
	}
	ref := refs(m[1])[0]
	text, err := d.dict(ref)
	return ref, text, err
}

// Pages lists the pages in reading order.
func (d *Document) Pages() ([]Page, error) {
	_, catalog, err := d.Catalog()
	if err != nil {
		return nil, err
	}
	m := pagesKey.FindStringSubmatch(catalog)
	if m == nil {
		return nil, malformed("it has no pages")
	}
	t := tree{d: d, seen: map[Ref]bool{}}
	if err := t.walk(refs(m[1])[0], a4); err != nil {
		return nil, err
	}
	if len(t.pages) == 0 {
		return nil, malformed("it has no pages")
	}
	return t.pages, nil
}

type tree struct {
	d     *Document
	seen  map[Ref]bool
	pages []Page
}

// walk visits every node once: a tree that comes back to itself is malformed.
func (t *tree) walk(ref Ref, box [4]float64) error {
	if t.seen[ref] || len(t.seen) > pageLimit {
		return malformed("its tree of pages does not end")
	}
	t.seen[ref] = true
	node, err := t.d.dict(ref)
	if err != nil {
		return err
	}
	if m := boxKey.FindStringSubmatch(node); m != nil {
		for i, side := range strings.Fields(m[1])[:min(4, len(strings.Fields(m[1])))] {
			box[i], _ = strconv.ParseFloat(side, 64) // 0 if it is no number
		}
	}
	kids := kidsKey.FindStringSubmatch(node)
	if kids == nil {
		t.pages = append(t.pages, Page{Ref: ref, Dict: node, Box: box})
		return nil
	}
	for _, kid := range refs(kids[1]) {
		if err := t.walk(kid, box); err != nil {
			return err
		}
	}
	return nil
}
