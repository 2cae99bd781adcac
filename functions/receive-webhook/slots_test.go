package receivewebhook

import (
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// TestADeliveryThroughTwoSlotsIsTwoEvents: a delivery is numbered by its subscription, so two subscriptions may use one
// number, and neither report may pass for a repetition of the other.
func TestADeliveryThroughTwoSlotsIsTwoEvents(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, slot := range []auth.Slot{"main", "second"} {
		h, broker, _ := newTestHandler()
		h.slot = slot
		for range 2 {
			knock(h, message(sealed(t, seals(), func(s *auth.Sealed) { s.Slot = slot })), nil)
		}
		if len(broker.events) != 2 || broker.events[0].ID != broker.events[1].ID {
			t.Fatalf("%s: said %+v", slot, broker.events)
		}
		ids[broker.events[0].ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("both have the id of %v", ids)
	}
}
