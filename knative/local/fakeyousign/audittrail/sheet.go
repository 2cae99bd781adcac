package audittrail

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

const (
	sheetMargin = 60.0
	labelWidth  = 134.0 // leaves room for a SHA-256 in hexadecimal
	lineHeight  = 14.0
)

// Sheet writes plain pages of text: headings, paragraphs, and rows of a label and its value.
type Sheet struct{ f *fpdf.Fpdf }

// NewSheet begins a document with its title. What fpdf would take from the clock is fixed.
func NewSheet(title string) Sheet {
	f := fpdf.New("P", "pt", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(time.Unix(0, 0).UTC())
	f.SetModificationDate(time.Unix(0, 0).UTC())
	f.SetTitle(title, true)
	f.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	f.SetMargins(sheetMargin, sheetMargin, sheetMargin)
	f.SetAutoPageBreak(true, sheetMargin)
	f.SetFooterFunc(func() {
		f.SetY(-sheetMargin + lineHeight)
		f.SetFont("sans", "", 8)
		f.CellFormat(0, lineHeight, fmt.Sprint(f.PageNo()), "", 0, "R", false, 0, "")
	})
	f.AddPage()
	f.SetFont("sans", "B", 20)
	f.MultiCell(0, 34, title, "", "L", false)
	return Sheet{f}
}

// Heading writes a line in bold under a rule.
func (s Sheet) Heading(text string) {
	s.f.Ln(lineHeight)
	s.f.SetFont("sans", "B", 11.5)
	s.f.MultiCell(0, 24, text, "T", "L", false)
}

// Paragraph writes text over as many lines as it needs.
func (s Sheet) Paragraph(text string) {
	s.f.SetFont("sans", "", 9.5)
	s.f.MultiCell(0, lineHeight, text, "", "L", false)
}

// Row writes a label and, beside it, its value over as many lines as it needs.
func (s Sheet) Row(label, value string) {
	s.f.SetFont("sans", "", 9.5)
	s.f.SetTextColor(115, 115, 115)
	s.f.CellFormat(labelWidth, lineHeight, label, "", 0, "L", false, 0, "")
	s.f.SetTextColor(26, 26, 26)
	s.f.MultiCell(0, lineHeight, value, "", "L", false)
}

// Bytes is the file; the same sheet gives the same bytes.
func (s Sheet) Bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := s.f.Output(&out); err != nil {
		return nil, fmt.Errorf("draw the audit trail: %w", err)
	}
	return out.Bytes(), nil
}
