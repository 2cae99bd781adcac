package receivewebhook

import (
	"encoding/json"
	"errors"
	"strings"
)

// yousign reads the messages of Yousign's Public API v3
// (https://developers.yousign.com/docs/webhook-messages).
type yousign struct{}

// name implements service.
func (yousign) name() string { return "yousign" }

// yousignMessage is a message as far as it is read. The guides show its head beside the data, the reference of 2026
// shows it under "metadata": both are taken. event_time, a string here and a number there, is not read: a hint to
// look has no need of it.
type yousignMessage struct {
	yousignHead
	Metadata yousignHead `json:"metadata"`
	Data     struct {
		Request struct {
			ID         string `json:"id"`
			ExternalID string `json:"external_id"`
		} `json:"signature_request"`
	} `json:"data"`
}

type yousignHead struct {
	ID      string `json:"event_id"`
	Name    string `json:"event_name"`
	Sandbox *bool  `json:"sandbox"`
}

// yousignEvents are the messages that follow from our own calls, or from a signer's who only looks: they are kept and
// nothing is asked because of them. Calls are counted by the service. Every other message, an unknown one as well, is
// a reason to look.
var yousignEvents = map[string]bool{
	"signature_request.activated": true, "signature_request.reminder_executed": true, "signer.notified": true,
	"signer.link_opened": true, "signer.identification_succeeded": true, "signer.sender_contacted": true,
}

var errYousign = errors.New("not a message of Yousign")

// translate implements service. New kinds of event appear without notice and are as good a reason to look as any.
func (yousign) translate(body []byte) (report, error) {
	var m yousignMessage
	if json.Unmarshal(body, &m) != nil { // its error would quote the message
		return report{}, errYousign
	}
	head := m.yousignHead
	if m.Metadata.Name != "" {
		head = m.Metadata
	}
	if head.Name == "" {
		return report{}, errYousign
	}
	return report{
		token: m.Data.Request.ExternalID, sandbox: head.Sandbox, name: clean(head.Name, 100),
		request: clean(m.Data.Request.ID, 64), delivery: deliveryID(head.ID), look: !yousignEvents[head.Name],
	}, nil
}

// clean replaces what ids and names of events do not consist of: they go into events, logs and the history.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_.:-", r):
			return r
		}
		return '?'
	}, s)
	return s[:min(len(s), limit)]
}

// deliveryID keeps ids apart that would be the same once they are cleaned.
func deliveryID(id string) string {
	if clean(id, 64) == id {
		return id
	}
	return "sha256-" + digest([]byte(id))
}
