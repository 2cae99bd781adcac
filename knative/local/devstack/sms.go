package devstack

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/shared/function"
)

// smsTimeout bounds one SMS: a person waits for it.
const smsTimeout = 10 * time.Second

// withSMSNetwork adds to the phone's API what the fake signature service calls: POST /api/messages.
func withSMSNetwork(p *phone.Phone) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/messages", func(w http.ResponseWriter, r *http.Request) {
		var m phone.Message
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&m); err != nil || m.To == "" {
			http.Error(w, `the body must be JSON, for example {"to":"+33600000001","text":"Your code is 123456.","code":"123456"}`, http.StatusUnprocessableEntity)
			return
		}
		p.Deliver(m.To, m.Text, m.Code)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.Handle("/", p.Handler())
	return mux
}

// smsSender sends the codes of the fake signature service. A lost SMS is logged; the person asks for another code.
type smsSender struct {
	to     string
	client *http.Client
	log    *slog.Logger
}

func (s smsSender) send(number, text, code string) {
	if err := s.post(phone.Message{To: number, Text: text, Code: code}); err != nil {
		s.log.Error("SMS not delivered", "error", err.Error())
	}
}

func (s smsSender) post(m phone.Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.to+"/api/messages", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return function.Refuse("the phone answered %s", answer.Status)
	}
	return nil
}
