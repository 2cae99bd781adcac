package broker

import (
	"reflect"
	"slices"
	"testing"
)

// TestEveryFaultIsListed: a fault that is added is tried by every test that tries them all.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	beside := []string{"Seed"} // it says more of another
	every := EveryFault()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		tried := 0
		for _, m := range every {
			if !reflect.ValueOf(m).FieldByIndex(field.Index).IsZero() {
				tried++
			}
		}
		if want := 1; slices.Contains(beside, field.Name) != (tried == 0) || tried > want {
			t.Errorf("%s is in %d of %v", field.Name, tried, every)
		}
	}
}

func TestFaultsAreCounted(t *testing.T) {
	t.Parallel()
	for name, m := range EveryFault() {
		b, _, _ := pair(t, quick, nil)
		b.SetFaults(m)
		mustPost(t, b, event(name, "t"))
		settled(t, b)
		if b.Met() == 0 {
			t.Errorf("%s: nothing", name)
		}
		if b.SetFaults(Faults{}); b.Met() != 0 {
			t.Errorf("%s: something from before", name)
		}
	}
}
