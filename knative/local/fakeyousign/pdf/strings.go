package pdf

import (
	"encoding/binary"
	"strconv"
	"unicode/utf16"
)

// literal reads a string in parentheses (7.3.4.2).
func (s *scanner) literal() (Object, error) {
	var out []byte
	open := 0
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				s.at++
				return String(out), nil
			}
			out = append(out, c)
		case '\\':
			out = s.escape(out)
		default:
			out = append(out, c)
		}
	}
	return nil, malformed("a string without end")
}

// escape reads what follows a backslash and leaves s.at on its last byte.
func (s *scanner) escape(out []byte) []byte {
	s.at++
	if s.at >= len(s.b) {
		return out
	}
	switch c := s.b[s.at]; c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\r': // a line that goes on
		if s.at+1 < len(s.b) && s.b[s.at+1] == '\n' {
			s.at++
		}
		return out
	case '\n':
		return out
	case '0', '1', '2', '3', '4', '5', '6', '7':
		return append(out, s.octal())
	default:
		return append(out, c)
	}
}

// octal reads up to three digits and leaves s.at on the last; what is above 255 loses its overflow (7.3.4.2).
func (s *scanner) octal() byte {
	end := s.at
	for end < len(s.b) && end < s.at+3 && s.b[end] >= '0' && s.b[end] <= '7' {
		end++
	}
	v, _ := strconv.ParseUint(string(s.b[s.at:end]), 8, 16) // at most three digits: it fits
	s.at = end - 1
	return byte(v)
}

// hex reads a string in angle brackets (7.3.4.3); a missing last digit counts as 0.
func (s *scanner) hex() (Object, error) {
	var out []byte
	var high byte
	half := false
	for s.at++; s.at < len(s.b); s.at++ {
		c := s.b[s.at]
		if c == '>' {
			s.at++
			if half {
				out = append(out, high<<4)
			}
			return String(out), nil
		}
		digit, ok := hexDigit(c)
		switch {
		case white(c):
		case !ok:
			return nil, malformed("a string of hexadecimal digits with something else in it")
		case half:
			out, half = append(out, high<<4|digit), false
		default:
			high, half = digit, true
		}
	}
	return nil, malformed("a string without end")
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func utf16Text(s string) String {
	out := []byte{0xFE, 0xFF}
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, unit)
	}
	return String(out)
}

// fromUTF16 reads what ToUnicode maps hold; half a character at the end is passed over.
func fromUTF16(b String) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}
