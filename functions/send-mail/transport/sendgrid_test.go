package transport

import (
	"encoding/json"
	"testing"
)

// exampleMail is a mail with everything that a mail can have.
func exampleMail() Mail {
	return Mail{
		ID: "id1@paraphe.example", From: Sender{"Paraphe", "contracts@paraphe.example"}, To: Sender{"Zoë Žižek-O'Neill", "zoe@example.org"},
		ReplyTo: Sender{"Camille Dubois", "camille@company.example"}, Subject: "Signé : Été", Text: "Bonjour\n\nhttps://x.example/sign#s\n",
		HTML:       `<!doctype html><html><head></head><body><a href="https://x.example/sign#s">Bonjour</a></body></html>`,
		Files:      []File{{"Été - signé.pdf", []byte("%PDF-1.7 copy")}, {"Été - dossier de preuve.pdf", []byte("%PDF-1.7 proof")}},
		CustomArgs: map[string]string{"contract": "c1", "kind": "signed-copy", "sequence": "1", "recipient": "s1", "claim": "2"},
	}
}

func TestNobodyFollowsWhatTheRecipientOpens(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(message(exampleMail()).TrackingSettings)
	want := `{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false}}`
	if err != nil || string(got) != want {
		t.Errorf("tracking is %s (%v), want %s", got, err, want)
	}
}
