package tests

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
)

// A contract costs few calls of the signature service, whose smallest accounts have 60 a minute: four to open it, one
// for the link, one for each look, one for each document.
func TestAContractCostsFewCalls(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	before := callsLeft(t, o)
	if _, err := reporter(o, 0).Play(within(t)); err != nil {
		t.Fatal(err)
	}
	calls := before - callsLeft(t, o) - 1 // the second question is one itself
	t.Logf("%d calls", calls)
	if calls >= 12 {
		t.Errorf("it took %d calls", calls)
	}
}

// callsLeft asks the stand-in how many calls it takes in this hour.
func callsLeft(t *testing.T, o *devstack.Stack) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.Run.Yousign+"/v3/signature_requests?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+o.Run.SignatureKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	left, err := strconv.Atoi(answer.Header.Get("X-RateLimit-Remaining-Hour"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}
