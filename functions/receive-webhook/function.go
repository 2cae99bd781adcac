// Package receivewebhook receives webhooks of the signature services and accepts only what is proved: by the address that it
// comes from, by the signature over its bytes and by our own sealed message in it. The internet can reach it; it
// keeps nothing, decides nothing and asks nobody.
package receivewebhook

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/clientaddr"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// Manifest is what receive-webhook promises.
var Manifest = function.Manifest{
	Name:     "receive-webhook",
	Produces: []events.Payload{events.SignatureReported{}},
	Settings: Settings{},
}

// Settings are read from the environment. A slot is one of our subscriptions at a service: an address here, with
// secrets and a list of addresses of its own.
type Settings struct {
	FunctionKey    auth.PrivateKeys    `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "receive-webhook"
	SealKeys       auth.SealKeys       `envconfig:"SEAL_KEYS" required:"true"`
	AddressLists   string              `envconfig:"WEBHOOK_ADDRESS_LISTS" required:"true"`                                                                        // a folder of files: yousign.<slot>
	TrustedProxies clientaddr.Networks `envconfig:"TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"` // whose X-Forwarded-For is trusted: queue-proxy's, at least
	Secrets        Secrets             `envconfig:"WEBHOOK_SECRETS"`
	Header         Word                `envconfig:"WEBHOOK_HEADER" default:"X-Yousign-Signature-256"`
	Environment    auth.Environment    `envconfig:"SIGNATURE_ENVIRONMENT" default:"sandbox"`
}

// Word is a setting that is a header's name.
type Word string

// wordLimit is the most characters of a word.
const wordLimit = 64

// Decode implements envconfig.Decoder.
func (w *Word) Decode(value string) error {
	other := strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
	if value == "" || len(value) > wordLimit || other != "" {
		return function.Malformed("it must be a word of letters, digits and dashes, for example main")
	}
	*w = Word(value)
	return nil
}

// New makes the function. Without a secret nothing can be proved: then there is no route at all, rather than one that
// accepts everything or one that answers.
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
		b.Log.Warn("no webhook is accepted: the setting WEBHOOK_SECRETS is missing")
		return f, nil
	}
	b.Log.Info("X-Forwarded-For is trusted from these proxies", "networks", s.TrustedProxies.String())
	mux := http.NewServeMux()
	for slot := range s.Secrets {
		d, err := newHandler(yousign{}, slot, s, b)
		if err != nil {
			return nil, err
		}
		d.publisher = b.SigningPublisher(author)
		mux.Handle("/"+d.service.name()+"/"+string(slot), d)
	}
	f.Routes = mux
	return f, nil
}

// newHandler makes the handler of one slot.
func newHandler(of service, slot auth.Slot, s Settings, b function.Boot) (handler, error) {
	list, err := openAddressList(os.DirFS(s.AddressLists), of.name()+"."+string(slot), b.Now, b.Log)
	if err != nil {
		return handler{}, fmt.Errorf("%s: the setting WEBHOOK_ADDRESS_LISTS: the list %s: %w", b.Name, list.name, err)
	}
	return handler{
		service:   of,
		slot:      slot,
		address:   addressProof{listed: list.networks, trusted: s.TrustedProxies},
		signature: signatureProof{header: string(s.Header), secrets: s.Secrets[slot]},
		token:     tokenProof{keys: s.SealKeys, environment: s.Environment},
		alarm:     newUnlistedWarning(),
		now:       b.Now,
		log:       b.Log,
	}, nil
}
