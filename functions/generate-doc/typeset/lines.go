package typeset

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Metrics knows how wide text is.
type Metrics interface {
	// Width is the width of text at size 1.
	Width(face Face, text string) float64
}

// word is what no line is broken in: usually one piece, more where the face changes within it.
type word struct {
	parts []part
	width float64
	space float64 // width of the space after it, at its natural size
}

// part is what of a word is in one face.
type part struct {
	Span
	width float64
}

// maxStretch is how much wider than natural a space may become, in ems, before a line is rather left ragged: such a
// line has a word in it that cannot be broken.
const maxStretch = 0.75

// words cuts text at its spaces. What is wider than a line is cut where the line is full, so that nothing that
// somebody typed ever runs over the edge.
func (s layouter) words(spans []Span, size, width float64) []word {
	var all []word
	open := false // the last word goes on with the next span
	for _, span := range spans {
		for i, text := range strings.Split(strings.ReplaceAll(span.Text, "\n", " "), " ") {
			if i > 0 {
				open = false
			}
			if text == "" {
				continue
			}
			if !open {
				all, open = append(all, word{}), true
			}
			s.extend(&all[len(all)-1], Span{span.Face, text}, size)
		}
	}
	return s.fitted(all, size, width)
}

func (s layouter) extend(w *word, by Span, size float64) {
	p := part{by, s.metrics.Width(by.Face, by.Text) * size}
	w.parts = append(w.parts, p)
	w.width += p.width
	w.space = s.metrics.Width(by.Face, " ") * size
}

// fitted cuts the words that are wider than a line.
func (s layouter) fitted(all []word, size, width float64) []word {
	var fit []word
	for _, w := range all {
		for w.width > width {
			head, tail := s.cut(w, size, width)
			fit, w = append(fit, head), tail
		}
		if len(w.parts) > 0 {
			fit = append(fit, w)
		}
	}
	return fit
}

// cut parts a word so that its head fills a line. The head takes at least one character.
func (s layouter) cut(w word, size, width float64) (head, tail word) {
	for _, p := range w.parts {
		span := p.Span
		if len(tail.parts) > 0 {
			s.extend(&tail, span, size)
			continue
		}
		n := 0
		for n < len(span.Text) {
			_, step := utf8.DecodeRuneInString(span.Text[n:])
			wider := head.width + s.metrics.Width(span.Face, span.Text[:n+step])*size
			if wider > width && (n > 0 || len(head.parts) > 0) {
				break
			}
			n += step
		}
		if n > 0 {
			s.extend(&head, Span{span.Face, span.Text[:n]}, size)
		}
		if n < len(span.Text) {
			s.extend(&tail, Span{span.Face, span.Text[n:]}, size)
		}
	}
	return head, tail
}

// broken chooses where lines end so that the sum of the squares of what is left free is smallest, the last line not
// counted: what Knuth and Plass (1981) call an optimum fit, without hyphens. It returns the index after each line's
// last word.
func broken(all []word, width float64) []int {
	cost := make([]float64, len(all)+1) // of setting the words from i on
	end := make([]int, len(all)+1)
	for i := len(all) - 1; i >= 0; i-- {
		cost[i] = math.Inf(1)
		used := 0.0
		for j := i; j < len(all); j++ {
			used += all[j].width
			if used > width && j > i {
				break
			}
			free := width - used
			c := free*free + cost[j+1]
			if j == len(all)-1 {
				c = 0
			}
			if c < cost[i] {
				cost[i], end[i] = c, j+1
			}
			used += all[j].space
		}
	}
	var ends []int
	for i := 0; i < len(all); i = end[i] {
		ends = append(ends, end[i])
	}
	return ends
}
