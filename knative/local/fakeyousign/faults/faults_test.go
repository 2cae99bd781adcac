package faults

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestEveryFaultIsListed: a fault that somebody adds to the plan is tried by whoever tries them all.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	beside := []string{ // what only says more of a fault
		"seed", "for_ms", "webhooks.delay_ms", "api.slow_ms", "api.only", "api.times",
	}
	every := EveryFault()
	var walk func(prefix string, of reflect.Type, at func(Plan) reflect.Value)
	walk = func(prefix string, of reflect.Type, at func(Plan) reflect.Value) {
		for i := range of.NumField() {
			name := prefix + of.Field(i).Tag.Get("json")
			if name == "webhooks" || name == "api" {
				walk(name+".", of.Field(i).Type, func(p Plan) reflect.Value { return at(p).Field(i) })
				continue
			}
			plan, listed := every[name]
			if listed == slices.Contains(beside, name) || listed && at(plan).Field(i).IsZero() {
				t.Errorf("%s: listed is %v, with the plan %+v", name, listed, plan)
			}
			delete(every, name)
		}
	}
	walk("", reflect.TypeFor[Plan](), func(p Plan) reflect.Value { return reflect.ValueOf(p) })
	if len(every) != 0 {
		t.Errorf("these are no faults: %v", every)
	}
	for name, p := range EveryFault() {
		if err := New(time.Now).Set(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSameSeedGivesTheSameFaults(t *testing.T) {
	t.Parallel()
	luck := func(seed uint64) (rolls []bool) {
		f := New(time.Now)
		if err := f.Set(Plan{Seed: seed}); err != nil {
			t.Fatal(err)
		}
		for range 64 {
			rolls = append(rolls, f.Roll(0.5))
		}
		return rolls
	}
	if !slices.Equal(luck(1), luck(1)) || slices.Equal(luck(1), luck(2)) {
		t.Error("luck does not follow the seed")
	}
}
