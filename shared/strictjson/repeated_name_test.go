package strictjson

import "testing"

func TestANameThatStandsTwiceInOneObjectIsFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":1,"a":2}`: "a", `{"a":1,"A":2}`: "A", `{"role":1,"rol\u0065":2}`: "role", `{"s":1,"ſ":2}`: "ſ", `{"k":1,"\u212a":2}`: "\u212a",
		`{"x":[{"b":1},{"b":1,"b":2}]}`: "b", `{}{"c":1,"c":2}`: "c", `{"":1,"":2}`: "",
		`{"a":{"a":1},"b":["a","a"]}`: "-", `["a","a"]`: "-", `"a"`: "-", ``: "-", `{"a":1`: "-", `]`: "-", `{"a":"a"}`: "-",
	} {
		name, twice := RepeatedName([]byte(text))
		if twice != (want != "-") || twice && name != want {
			t.Errorf("%s: %q, %t", text, name, twice)
		}
	}
}
