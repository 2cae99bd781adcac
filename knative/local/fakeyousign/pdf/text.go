package pdf

import "math"

// Run is one piece of text as it was shown, and where it begins: points from the left and from the bottom of the
// page's coordinates.
type Run struct {
	Text string
	X, Y float64 // the baseline's beginning
	Size float64 // height of the font, in points
}

// runLimit bounds the pieces of text of one page.
const runLimit = 200_000

// Text returns what is written on the page, in the order in which it was written. Where a piece begins is exact;
// how wide it is is nobody's business here.
func (d *Document) Text(p Page) ([]Run, error) {
	content, err := d.content(p.Dict["Contents"])
	if err != nil {
		return nil, err
	}
	fonts, err := d.fonts(p)
	if err != nil {
		return nil, err
	}
	t := typesetter{fonts: fonts, state: state{ctm: identity, scale: 1}, tm: identity, tlm: identity}
	return t.read(scanner{b: content})
}

// content joins the streams of a page with a space between: a word never spans two of them (7.8.2).
func (d *Document) content(o Object) ([]byte, error) {
	o, err := d.Resolve(o)
	if err != nil {
		return nil, err
	}
	list, ok := o.(Array)
	if !ok {
		list = Array{o}
	}
	var all []byte
	for _, part := range list {
		if part, err = d.Resolve(part); err != nil {
			return nil, err
		}
		stream, ok := part.(*Stream)
		if !ok {
			continue
		}
		text, err := d.Decode(stream)
		if err != nil {
			return nil, err
		}
		if len(all)+len(text) > decodedLimit {
			return nil, malformed("a page holds too much")
		}
		all = append(append(all, text...), ' ')
	}
	return all, nil
}

// matrix is a b c d e f of a transformation (8.3.3).
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times applies m first, then n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// state is what q keeps and Q brings back.
type state struct {
	ctm     matrix
	font    *typeface
	size    float64
	leading float64
	rise    float64
	scale   float64 // horizontal; 1 is normal
}

// typesetter follows the operators of a page that decide where text goes (9.4).
type typesetter struct {
	fonts   map[Name]*typeface
	state   state
	stack   []state
	tm, tlm matrix
	args    Array
	runs    []Run
}

// read follows the operators to the end. Operands are bounded, because no operator has more than a few.
func (t *typesetter) read(s scanner) ([]Run, error) {
	for {
		o, err := s.next()
		if err != nil {
			return nil, err
		}
		op, ok := o.(word)
		switch {
		case !ok:
			if len(t.args) < 64 {
				t.args = append(t.args, o)
			}
			continue
		case op == "":
			return t.runs, nil
		case op == "ID":
			s.skipImage()
		default:
			t.operate(op)
		}
		t.args = t.args[:0]
		if len(t.runs) > runLimit {
			return nil, malformed("a page holds too much text")
		}
	}
}

// skipImage passes the bytes of an inline image: they end at an EI that stands alone (8.9.7).
func (s *scanner) skipImage() {
	for s.at++; s.at+2 < len(s.b); s.at++ {
		alone := white(s.b[s.at]) && (s.at+3 >= len(s.b) || white(s.b[s.at+3]))
		if alone && s.b[s.at+1] == 'E' && s.b[s.at+2] == 'I' {
			s.at += 3
			return
		}
	}
	s.at = len(s.b)
}

func (t *typesetter) operate(op word) {
	switch op {
	case "q":
		if len(t.stack) < 256 {
			t.stack = append(t.stack, t.state)
		}
	case "Q":
		if n := len(t.stack); n > 0 {
			t.state, t.stack = t.stack[n-1], t.stack[:n-1]
		}
	case "cm":
		t.state.ctm = t.matrix().times(t.state.ctm)
	case "BT":
		t.tm, t.tlm = identity, identity
	case "Tm":
		t.tlm = t.matrix()
		t.tm = t.tlm
	case "Td":
		t.line(t.num(0), t.num(1))
	case "TD":
		t.state.leading = -t.num(1)
		t.line(t.num(0), t.num(1))
	case "T*":
		t.line(0, -t.state.leading)
	case "TL":
		t.state.leading = t.num(0)
	case "Ts":
		t.state.rise = t.num(0)
	case "Tz":
		t.state.scale = t.num(0) / 100
	case "Tf":
		name, _ := t.arg(0).(Name)
		t.state.font, t.state.size = t.fonts[name], t.num(1)
	default:
		t.show(op)
	}
}

func (t *typesetter) show(op word) {
	switch op {
	case "Tj":
		t.say(t.arg(0))
	case "'":
		t.line(0, -t.state.leading)
		t.say(t.arg(0))
	case `"`:
		t.line(0, -t.state.leading)
		t.say(t.arg(2))
	case "TJ":
		list, _ := t.arg(0).(Array)
		t.say(list...)
	}
}

// say notes the strings among parts as one piece of text.
func (t *typesetter) say(parts ...Object) {
	var text string
	width := 0.0
	for _, part := range parts {
		switch v := part.(type) {
		case String:
			said := t.state.font.decode(v)
			text += said
			width += 0.5 * float64(len([]rune(said)))
		default:
			n, _ := number(v)
			width -= n / 1000
		}
	}
	if text == "" {
		return
	}
	at := matrix{1, 0, 0, 1, 0, t.state.rise}.times(t.tm).times(t.state.ctm)
	t.runs = append(t.runs, Run{Text: text, X: at[4], Y: at[5], Size: math.Abs(t.state.size) * math.Hypot(at[2], at[3])})
	// The next piece on this line begins behind this one; half a square for a letter is near enough to say so.
	t.tm = matrix{1, 0, 0, 1, width * t.state.size * t.state.scale, 0}.times(t.tm)
}

func (t *typesetter) line(x, y float64) {
	t.tlm = matrix{1, 0, 0, 1, x, y}.times(t.tlm)
	t.tm = t.tlm
}

// arg is an operand, or nil where a broken file has too few.
func (t *typesetter) arg(i int) Object {
	if i < len(t.args) {
		return t.args[i]
	}
	return nil
}

func (t *typesetter) num(i int) float64 {
	n, _ := number(t.arg(i))
	return n
}

func (t *typesetter) matrix() (m matrix) {
	for i := range m {
		m[i] = t.num(i)
	}
	return m
}
