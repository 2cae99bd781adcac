package strictjson

import (
	"bytes"
	"encoding/json"
	"strings"
)

// RepeatedName finds a name that stands twice in one object of a JSON text: readers differ in which of the two they
// take (RFC 8259 §4), so neither is to be taken. Names that differ in case alone count as the same, because
// encoding/json reads them as the same.
func RepeatedName(raw []byte) (name string, twice bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var open []map[string]bool // the names of every object around; nil for an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if isName {
				names, folded := open[len(open)-1], strings.ToLower(strings.ToUpper(t)) // the latter folds ſ and K, too
				if names[folded] {
					return t, true
				}
				names[folded] = true
				isName = false
				continue
			}
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}
