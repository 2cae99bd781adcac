package pdf

// pageLimit bounds the pages of a document, treeLimit how deep their tree may be.
const (
	pageLimit = 5000
	treeLimit = 64
)

// Page is one page with what it inherits.
type Page struct {
	Ref       Ref
	Dict      Dict // its own, as it is written
	Resources Dict
	Box       [4]float64 // MediaBox: left, bottom, right, top, in points
}

// a4 is the box of a page that has none.
var a4 = [4]float64{0, 0, 595.28, 841.89}

// Pages lists the pages in reading order.
func (d *Document) Pages() ([]Page, error) {
	root, err := d.Dict(d.trailer["Root"])
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, malformed("it has no catalog")
	}
	t := tree{d: d, seen: map[Ref]bool{}}
	if err := t.walk(root["Pages"], Page{Box: a4}, 0); err != nil {
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

// walk passes every node once: a tree that comes back to itself is malformed, not endless.
func (t *tree) walk(o Object, inherited Page, depth int) error {
	ref, ok := o.(Ref)
	if !ok || t.seen[ref] || depth > treeLimit || len(t.pages) >= pageLimit {
		return malformed("its tree of pages")
	}
	t.seen[ref] = true
	node, err := t.d.Dict(ref)
	if err != nil || node == nil {
		return malformed("its tree of pages has a gap")
	}
	page, err := t.d.inherit(inherited, node)
	if err != nil {
		return err
	}
	kids, err := t.d.Array(node["Kids"])
	if err != nil {
		return err
	}
	if kids == nil {
		page.Ref, page.Dict = ref, node
		t.pages = append(t.pages, page)
		return nil
	}
	for _, kid := range kids {
		if err := t.walk(kid, page, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// inherit gives a node what its parents have, replaced by what it has itself (7.7.3.4).
func (d *Document) inherit(parent Page, node Dict) (Page, error) {
	resources, err := d.Dict(node["Resources"])
	if err != nil {
		return Page{}, err
	}
	if resources != nil {
		parent.Resources = resources
	}
	box, err := d.Array(node["MediaBox"])
	if err != nil {
		return Page{}, err
	}
	if len(box) == 4 {
		for i, o := range box {
			parent.Box[i], _ = number(o)
		}
	}
	return parent, nil
}

func number(o Object) (float64, bool) {
	switch v := o.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
