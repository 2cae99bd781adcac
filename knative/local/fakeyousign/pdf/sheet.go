package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// Page size and margins of a sheet, A4 in points.
const (
	sheetWidth  = 595.28
	sheetHeight = 841.89
	margin      = 60.0
)

// Sheet writes plain pages of text from top to bottom: headings, paragraphs and rows of a label and its value.
type Sheet struct {
	title         string
	regular, bold *Lettering
	pages         []*bytes.Buffer
	y             float64
	objects       []Object
}

// NewSheet begins a document with this title, which also heads its first page.
func NewSheet(title string) *Sheet {
	s := &Sheet{title: title, regular: Regular(), bold: Bold()}
	s.turn()
	s.write(s.bold, 20, 0.10, margin, title)
	s.y -= 34
	return s
}

// turn begins a page.
func (s *Sheet) turn() {
	s.pages = append(s.pages, bytes.NewBuffer(nil))
	s.y = sheetHeight - margin - 12
}

// room begins a page if less than height is left on this one.
func (s *Sheet) room(height float64) {
	if s.y-height < margin {
		s.turn()
	}
}

// Heading writes a line in bold under a thin rule, and keeps it with what follows.
func (s *Sheet) Heading(text string) {
	s.room(90)
	s.y -= 12
	page := s.pages[len(s.pages)-1]
	fmt.Fprintf(page, "0.82 G 0.6 w %.2f %.2f m %.2f %.2f l S\n", margin, s.y+18, sheetWidth-margin, s.y+18)
	s.write(s.bold, 11.5, 0.10, margin, text)
	s.y -= 20
}

// Paragraph writes text over as many lines as it needs.
func (s *Sheet) Paragraph(text string) {
	for _, line := range s.lines(s.regular, 9.5, sheetWidth-2*margin, text) {
		s.room(14)
		s.write(s.regular, 9.5, 0.25, margin, line)
		s.y -= 14
	}
}

// Row writes a label and, beside it, its value over as many lines as it needs.
func (s *Sheet) Row(label, value string) {
	const indent = 134 // leaves room for a SHA-256 in hexadecimal
	s.room(14)
	s.write(s.regular, 9.5, 0.45, margin, label)
	for _, line := range s.lines(s.regular, 9.5, sheetWidth-2*margin-indent, value) {
		s.room(14)
		s.write(s.regular, 9.5, 0.10, margin+indent, line)
		s.y -= 14
	}
	s.y -= 2
}

func (s *Sheet) write(l *Lettering, size, grey, x float64, text string) {
	name := "F1"
	if l == s.bold {
		name = "F2"
	}
	page := s.pages[len(s.pages)-1]
	fmt.Fprintf(page, "%.2f g BT /%s %.2f Tf %.2f %.2f Td %s Tj ET\n", grey, name, size, x, s.y, Append(nil, l.Encode(text)))
}

// lines breaks text at spaces, and within a word only if the word alone is too wide, as a digest is.
func (s *Sheet) lines(l *Lettering, size, width float64, text string) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if joined := strings.TrimSpace(line + " " + w); l.Width(joined)*size <= width {
			line = joined
			continue
		}
		if line != "" {
			lines, line = append(lines, line), ""
		}
		for _, r := range w {
			if l.Width(line+string(r))*size > width {
				lines, line = append(lines, line), ""
			}
			line += string(r)
		}
	}
	return append(lines, line)
}

// Bytes writes the file; the same sheet gives the same bytes.
func (s *Sheet) Bytes() []byte {
	s.objects = nil
	tree := s.add(nil)
	pages := s.numbered()
	regular, bold := s.add(s.regular.Object(s.add)), s.add(s.bold.Object(s.add))
	resources := Dict{"Font": Dict{"F1": regular, "F2": bold}}
	var kids Array
	for _, page := range pages {
		kids = append(kids, s.add(Dict{
			"Type": Name("Page"), "Parent": tree, "Resources": resources, "Contents": s.add(deflated(page)),
		}))
	}
	box := Array{0, 0, sheetWidth, sheetHeight}
	s.objects[tree.Number-1] = Dict{"Type": Name("Pages"), "Count": len(kids), "Kids": kids, "MediaBox": box}
	root := s.add(Dict{"Type": Name("Catalog"), "Pages": tree})
	info := s.add(Dict{"Title": Text(s.title)})
	return s.file(root, info)
}

// numbered gives the pages with their numbers at the foot.
func (s *Sheet) numbered() [][]byte {
	var pages [][]byte
	for i, page := range s.pages {
		text := fmt.Sprintf("%d / %d", i+1, len(s.pages))
		x := sheetWidth - margin - 8*s.regular.Width(text)
		pages = append(pages, fmt.Appendf(bytes.Clone(page.Bytes()), "0.45 g BT /F1 8 Tf %.2f %.2f Td %s Tj ET\n",
			x, margin-26, Append(nil, s.regular.Encode(text))))
	}
	return pages
}

func (s *Sheet) add(o Object) Ref {
	s.objects = append(s.objects, o)
	return Ref{Number: len(s.objects)}
}

func (s *Sheet) file(root, info Ref) []byte {
	out := bytes.NewBufferString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, len(s.objects))
	for i, o := range s.objects {
		offsets[i] = out.Len()
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", i+1, Append(nil, o))
	}
	start := out.Len()
	fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", len(s.objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(out, "%010d 00000 n \n", at)
	}
	trailer := Dict{"Size": len(s.objects) + 1, "Root": root, "Info": info}
	fmt.Fprintf(out, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", Append(nil, trailer), start)
	return out.Bytes()
}

func deflated(b []byte) *Stream {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return &Stream{Dict: Dict{"Filter": Name("FlateDecode")}, Raw: out.Bytes()}
}
