// Package receivewebhook listens to the signature services and believes only what is proved: by the address that it
// comes from, by the signature over its bytes and by our own sealed message in it. It alone is open to strangers; it
// keeps nothing, decides nothing and asks nobody.
package receivewebhook

import (
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// Manifest is what receive-webhook promises.
var Manifest = function.Manifest{
	Name:     "receive-webhook",
	Says:     []events.Payload{events.SignatureReported{}},
	Settings: Settings{},
}

// Settings are read from the environment.
type Settings struct {
	FunctionKey    auth.PrivateKeys `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "receive-webhook"
	SealKeys       auth.SealKeys    `envconfig:"SEAL_KEYS" required:"true"`
	Addresses      Networks         `envconfig:"WEBHOOK_ADDRESSES" required:"true"` // whom the service says it calls from
	TrustedProxies Networks         `envconfig:"TRUSTED_PROXIES"`                   // whose X-Forwarded-For is believed
	Secrets        Secrets          `envconfig:"WEBHOOK_SECRETS"`                   // several while one replaces another
	Header         Word             `envconfig:"WEBHOOK_HEADER" default:"X-Yousign-Signature-256"`
	Slot           Word             `envconfig:"WEBHOOK_SLOT" default:"main"`
	Environment    Environment      `envconfig:"SIGNATURE_ENVIRONMENT" default:"sandbox"`
}

// Word is a setting that is one word of an address or of a header's name.
type Word string

// wordLimit is the most characters of a word.
const wordLimit = 64

// Decode implements envconfig.Decoder.
func (w *Word) Decode(value string) error {
	other := strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
	if value == "" || len(value) > wordLimit || other != "" {
		return function.Malformed("it is not a word of letters, digits and dashes")
	}
	*w = Word(value)
	return nil
}

// New makes the function. Without a secret nothing can be proved: then there is no door at all, rather than one that
// stands open or one that answers.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	author, err := auth.NewAuthor(b, s.FunctionKey, nil)
	if err != nil {
		return nil, err
	}
	f := &function.Function{Manifest: Manifest}
	if len(s.Secrets) == 0 {
		b.Log.Warn("no door is open: the setting WEBHOOK_SECRETS is missing")
		return f, nil
	}
	mux := http.NewServeMux()
	mux.Handle("/yousign/{slot}", door{
		service:   yousign{},
		slot:      string(s.Slot),
		address:   addressProof{listed: s.Addresses, trusted: s.TrustedProxies},
		signature: signatureProof{header: string(s.Header), secrets: s.Secrets},
		token:     tokenProof{keys: s.SealKeys, environment: s.Environment},
		publish:   b.Voice(author),
		log:       b.Log,
	})
	f.Routes = mux
	return f, nil
}
