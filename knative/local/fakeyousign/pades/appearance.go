package pades

import (
	"bytes"
	"fmt"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// appearance draws what is seen of a signature, as a file of one page: a rule at the left, the name, and the note below it.
func appearance(s Signature) ([]byte, error) {
	width, height := s.Box[2]-s.Box[0], s.Box[3]-s.Box[1]
	inset := height * 0.16
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: width, Ht: height}})
	f.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	f.SetAutoPageBreak(false, 0)
	f.AddPage()
	f.SetFillColor(242, 245, 252)
	f.Rect(0, 0, width, height, "F")
	f.SetFillColor(41, 74, 140)
	f.Rect(0, 0, height*0.05, height, "F")
	write := func(style, text string, size, y float64) {
		f.SetFont("sans", style, size)
		if wide := f.GetStringWidth(text); wide > width-2*inset {
			f.SetFontSize(size * (width - 2*inset) / wide)
		}
		f.Text(inset, y, text)
	}
	f.SetTextColor(26, 41, 77)
	write("B", s.Name, height*0.24, height*0.46)
	f.SetTextColor(77, 87, 107)
	write("", s.Note, height*0.13, height*0.74)
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("draw the signature: %w", err)
	}
	return out.Bytes(), nil
}
