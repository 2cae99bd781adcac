package pades

import (
	"bytes"
	"fmt"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

// appearance draws what is seen of a signature: a rule at the left, the name, and the note below it.
func appearance(add func(pdf.Object) pdf.Ref, s Signature) *pdf.Stream {
	width, height := s.Box[2]-s.Box[0], s.Box[3]-s.Box[1]
	name, note := pdf.Bold(), pdf.Regular()
	inset := height * 0.16
	room := width - 2*inset
	nameSize := fitting(name, s.Name, height*0.24, room)
	noteSize := fitting(note, s.Note, height*0.13, room)
	out := bytes.NewBuffer(nil)
	fmt.Fprintf(out, "0.95 0.96 0.99 rg 0 0 %.2f %.2f re f\n", width, height)
	fmt.Fprintf(out, "0.16 0.29 0.55 rg 0 0 %.2f %.2f re f\n", height*0.05, height)
	fmt.Fprintf(out, "0.10 0.16 0.30 rg BT /F1 %.2f Tf %.2f %.2f Td %s Tj ET\n",
		nameSize, inset, height*0.54, pdf.Append(nil, name.Encode(s.Name)))
	fmt.Fprintf(out, "0.30 0.34 0.42 rg BT /F2 %.2f Tf %.2f %.2f Td %s Tj ET\n",
		noteSize, inset, height*0.26, pdf.Append(nil, note.Encode(s.Note)))
	fonts := pdf.Dict{"F1": add(name.Object(add)), "F2": add(note.Object(add))}
	return &pdf.Stream{Raw: out.Bytes(), Dict: pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Array{0, 0, width, height},
		"Resources": pdf.Dict{"Font": fonts},
	}}
}

// fitting is the size at which text is as wide as the room, at most size.
func fitting(l *pdf.Lettering, text string, size, room float64) float64 {
	if width := l.Width(text); width*size > room {
		return room / width
	}
	return size
}
