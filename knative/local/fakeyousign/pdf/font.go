package pdf

import "strings"

// mapLimit bounds what one ToUnicode map may hold.
const mapLimit = 1 << 17

// rangeLimit bounds the ranges of one map: each letter looks through all of them.
const rangeLimit = 4096

// typeface turns the bytes of a string into text.
type typeface struct {
	wide    bool // codes of two bytes (Type0), else of one
	unicode map[uint32]string
	ranges  []codeRange
}

// codeRange says that the codes from first to last stand for the characters from text on.
type codeRange struct {
	first, last uint32
	text        rune
}

// fonts reads the fonts of a page's resources.
func (d *Document) fonts(p Page) (map[Name]*typeface, error) {
	named, err := d.Dict(p.Resources["Font"])
	if err != nil {
		return nil, err
	}
	fonts := make(map[Name]*typeface, len(named))
	for name, o := range named {
		dict, err := d.Dict(o)
		if err != nil {
			return nil, err
		}
		if fonts[name], err = d.font(dict); err != nil {
			return nil, err
		}
	}
	return fonts, nil
}

// font reads what a font says of its codes; a font without a map is no mistake.
func (d *Document) font(dict Dict) (*typeface, error) {
	f := &typeface{wide: dict["Subtype"] == Name("Type0"), unicode: map[uint32]string{}}
	o, err := d.Resolve(dict["ToUnicode"])
	if err != nil {
		return nil, err
	}
	stream, ok := o.(*Stream)
	if !ok {
		return f, nil
	}
	text, err := d.Decode(stream)
	if err != nil {
		return nil, err
	}
	return f, f.readMap(scanner{b: text})
}

// readMap reads a ToUnicode CMap (9.10.3): of its PostScript only the two lists that matter.
func (f *typeface) readMap(s scanner) error {
	var list Array
	for {
		o, err := s.next()
		if err != nil {
			return err
		}
		op, ok := o.(word)
		if !ok {
			if list = append(list, o); len(list) > mapLimit {
				return malformed("a font's map is too long")
			}
			continue
		}
		switch op {
		case "":
			return nil
		case "endbfchar":
			f.addChars(list)
		case "endbfrange":
			f.addRanges(list)
		}
		list = list[:0]
	}
}

func (f *typeface) addChars(list Array) {
	for i := 0; i+1 < len(list); i += 2 {
		from, ok := list[i].(String)
		to, ok2 := list[i+1].(String)
		if ok && ok2 {
			f.unicode[code(from)] = fromUTF16(to)
		}
	}
}

func (f *typeface) addRanges(list Array) {
	for i := 0; i+2 < len(list); i += 3 {
		first, ok := list[i].(String)
		last, ok2 := list[i+1].(String)
		if !ok || !ok2 {
			continue
		}
		switch to := list[i+2].(type) {
		case String:
			if text := []rune(fromUTF16(to)); len(text) == 1 && len(f.ranges) < rangeLimit {
				f.ranges = append(f.ranges, codeRange{code(first), code(last), text[0]})
			}
		case Array:
			for n, o := range to {
				text, _ := o.(String)
				f.unicode[code(first)+uint32(n)] = fromUTF16(text)
			}
		}
	}
}

// code is a character code of one or more bytes, the highest first.
func code(s String) (n uint32) {
	for _, c := range []byte(s) {
		n = n<<8 | uint32(c)
	}
	return n
}

// decode gives the text of a shown string. A font that says nothing about its codes is taken for Latin-1 or, if
// its codes have two bytes, for Unicode itself.
func (f *typeface) decode(s String) string {
	if f == nil {
		f = &typeface{}
	}
	var out strings.Builder
	step := 1
	if f.wide {
		step = 2
	}
	for i := 0; i+step <= len(s); i += step {
		out.WriteString(f.letter(code(s[i : i+step])))
	}
	return out.String()
}

func (f *typeface) letter(code uint32) string {
	if text, ok := f.unicode[code]; ok {
		return text
	}
	for _, r := range f.ranges {
		if code >= r.first && code <= r.last {
			return string(r.text + rune(code-r.first))
		}
	}
	return string(rune(code))
}
