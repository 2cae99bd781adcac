package main

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

// smsTimeout bounds one message: the person waits for it.
const smsTimeout = 10 * time.Second

// message is one SMS on its way from signer to phone.
type message struct {
	To   string `json:"to"`
	Text string `json:"text"`
	Code string `json:"code"`
}

// network is the phone with the mobile network in front of it.
func network(p *phone.Phone) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/messages", func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&m); err != nil || m.To == "" {
			http.Error(w, "this is no message", http.StatusUnprocessableEntity)
			return
		}
		p.Deliver(m.To, m.Text, m.Code)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.Handle("/", p.Handler())
	return mux
}

// sender is signer's way to the phones. What does not arrive is logged, and asked for again by the person who waits.
type sender struct {
	to     string
	client *http.Client
	log    *slog.Logger
}

func (s sender) send(number, text, code string) {
	if err := s.post(message{To: number, Text: text, Code: code}); err != nil {
		s.log.Error("an SMS was not delivered", "error", err.Error())
	}
}

func (s sender) post(m message) error {
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
