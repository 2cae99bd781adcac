package pdf

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Revision gathers what is added to a document, and writes it behind the bytes that are already there: what was
// signed stays as it was signed (7.5.6, incremental updates).
type Revision struct {
	d       *Document
	size    int // the next free object number
	objects map[Ref]Object
}

// Revise begins a revision of d.
func (d *Document) Revise() (*Revision, error) {
	size, ok := d.trailer["Size"].(int64)
	if !ok || size < 1 || size > 1<<23 {
		return nil, malformed("its trailer has no Size")
	}
	return &Revision{d: d, size: int(size), objects: map[Ref]Object{}}, nil
}

// Add puts a new object into the revision.
func (r *Revision) Add(o Object) Ref {
	ref := Ref{Number: r.size}
	r.size++
	r.objects[ref] = o
	return ref
}

// Replace puts another object in the place of the one that ref points to.
func (r *Revision) Replace(ref Ref, o Object) { r.objects[ref] = o }

// Bytes writes the document with the revision behind it: objects, cross-reference table, trailer.
func (r *Revision) Bytes() []byte {
	out := bytes.NewBuffer(slices.Clone(r.d.raw))
	out.WriteByte('\n')
	refs := slices.SortedFunc(maps.Keys(r.objects), func(a, b Ref) int { return a.Number - b.Number })
	offsets := make([]int, len(refs))
	for i, ref := range refs {
		offsets[i] = out.Len()
		fmt.Fprintf(out, "%d %d obj\n", ref.Number, ref.Generation)
		out.Write(Append(nil, r.objects[ref]))
		out.WriteString("\nendobj\n")
	}
	start := out.Len()
	writeTable(out, refs, offsets)
	trailer := Dict{"Size": r.size, "Prev": r.d.xref}
	for _, key := range []Name{"Root", "Info", "ID"} {
		if r.d.trailer[key] != nil {
			trailer[key] = r.d.trailer[key]
		}
	}
	fmt.Fprintf(out, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", Append(nil, trailer), start)
	return out.Bytes()
}

// writeTable writes one section for each stretch of numbers without a gap; an entry has exactly 20 bytes (7.5.4).
func writeTable(out *bytes.Buffer, refs []Ref, offsets []int) {
	out.WriteString("xref\n")
	for i := 0; i < len(refs); {
		end := i + 1
		for end < len(refs) && refs[end].Number == refs[end-1].Number+1 {
			end++
		}
		fmt.Fprintf(out, "%d %d\n", refs[i].Number, end-i)
		for ; i < end; i++ {
			fmt.Fprintf(out, "%010d %05d n \n", offsets[i], refs[i].Generation)
		}
	}
}
