package api

import (
	"net/http"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// inWorkspace lets a call see only what the key of the moment sees: to another workspace's key, a request does not
// exist. Its signers see it as before.
func (s *API) inWorkspace(act call) call {
	return func(r *http.Request) (answer, error) {
		if id := r.PathValue("id"); id != "" && !s.visible(id) {
			return answer{}, wire.NotFound("signature request", id)
		}
		return act(r)
	}
}

func (s *API) visible(id string) bool {
	elsewhere := s.faults.Plan().OtherWorkspace
	q, err := s.store.Get(id)
	return err != nil || !s.faults.Record(q.Elsewhere != elsewhere)
}
