package faults

import (
	"reflect"
)

// bounded and brief limit faults under which no contract could end: how often they happen, and for how many milliseconds.
const (
	bounded = 5
	brief   = 5000
)

// EveryFault lists every fault by its place in the plan ("api.lost_answer"), each with a plan that turns it on, alone
// and at its strongest. Under each of them a contract can still reach its end.
func EveryFault() map[string]Plan {
	every := map[string]Plan{
		"list_lag_ms":     {ListLag: 2000},
		"list_stale_ms":   {ListStale: 2000},
		"proof_not_ready": {ProofNotReady: 3},
		"proof_never":     {ProofNever: true, For: brief},
		"other_workspace": {OtherWorkspace: true, For: brief},
		"quota":           {Quota: Quota{PerMinute: 3}, For: brief},
	}
	var none Plan
	for i := range chancesOf(&none.Webhooks) {
		p := Plan{Webhooks: WebhookFaults{DelayBy: 300}}
		name, chance := chance(&p.Webhooks, i)
		chance.SetFloat(1)
		every["webhooks."+name] = p
	}
	for i := range chancesOf(&none.API) {
		p := Plan{API: APIFaults{SlowBy: 300, Times: bounded}}
		name, chance := chance(&p.API, i)
		chance.SetFloat(1)
		every["api."+name] = p
	}
	return every
}

// chancesOf yields the places of the chances in a struct.
func chancesOf(faults any) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		v := reflect.ValueOf(faults).Elem()
		for i := range v.NumField() {
			if v.Field(i).Kind() == reflect.Float64 && !yield(i) {
				return
			}
		}
	}
}

func chance(faults any, i int) (name string, value reflect.Value) {
	v := reflect.ValueOf(faults).Elem()
	return v.Type().Field(i).Tag.Get("json"), v.Field(i)
}
