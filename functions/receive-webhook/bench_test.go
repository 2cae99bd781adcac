package receivewebhook

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// BenchmarkWebhook carries one message over HTTP through the three proofs and on to a broker, by this function and by a
// receiver that is written by hand for exactly this and does the same. It reports this function's share of the other's
// messages a second and of its processor time; both include the same client and the same broker.
func BenchmarkWebhook(b *testing.B) {
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer broker.Close()
	handler, hand := httptest.NewServer(webhookFunction(broker.URL)), httptest.NewServer(byHand(broker.URL))
	defer handler.Close()
	defer hand.Close()
	client := function.NewClient(10 * time.Second)
	body := message(sealed(b, seals(), nil))
	signature := sign(body, secret)

	const batch = 50 // in turns, so that whatever else the machine does hits both
	var took, used [2]time.Duration
	b.ReportAllocs()
	for turn := 0; b.Loop(); turn++ {
		for _, i := range []int{turn % 2, 1 - turn%2} {
			address := []string{hand.URL, handler.URL}[i]
			began, before := time.Now(), processorTime()
			for range batch {
				post(b, client, address+"/yousign/main", body, signature)
			}
			took[i] += time.Since(began)
			used[i] += processorTime() - before
		}
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "x-messages/s")
	b.ReportMetric(float64(used[1])/float64(used[0]), "x-cpu")
	b.ReportMetric(float64(took[1].Microseconds())/float64(b.N*batch), "µs/message")
}

// BenchmarkRefusal measures the refusal of a call from an unlisted address.
func BenchmarkRefusal(b *testing.B) {
	h, _, _ := newTestHandler()
	b.ReportAllocs()
	for b.Loop() {
		knock(h, nil, func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1" })
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func post(b *testing.B, client *http.Client, address string, body []byte, signature string) {
	b.Helper()
	r, _ := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	r.Header.Set(header, signature)
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Fatalf("got %s", answer.Status)
	}
}

func webhookFunction(broker string) http.Handler {
	author, err := auth.NewAuthor(function.Boot{Name: "receive-webhook"}, auth.PrivateKeys{auth.NewPrivateKey("receive-webhook", signingKey.Seed())}, nil)
	if err != nil {
		panic(err) // the key is there
	}
	return handler{
		service: yousign{}, slot: "main",
		address:   addressProof{listed: networks("127.0.0.0/8")},
		signature: signatureProof{header: header, secrets: [][]byte{[]byte(secret)}},
		token:     tokenProof{keys: seals(), environment: auth.Sandbox},
		alarm:     newUnlistedWarning(),
		publisher: function.SigningPublisher{Signatures: author, To: function.Sink{Address: broker, Client: function.NewClient(10 * time.Second)}, Now: time.Now},
		now:       time.Now,
		log:       slog.New(slog.NewJSONHandler(io.Discard, nil)),
	}
}

// signingKey is the key of both receivers.
var signingKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// byHand is the least that does the same: net/http and the standard library, nothing to configure.
func byHand(broker string) http.Handler {
	client, listed := function.NewClient(10*time.Second), netip.MustParsePrefix("127.0.0.0/8")
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	block, _ := aes.NewCipher(append([]byte{1}, make([]byte, 31)...))
	aead, _ := cipher.NewGCM(block)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !listed.Contains(from.Addr().Unmap()) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if err != nil || !hmac.Equal([]byte("sha256="+hex.EncodeToString(mac.Sum(nil))), []byte(r.Header.Get(header))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		published, err := handWritten(body, aead)
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		published.URL, _ = published.URL.Parse(broker)
		answer, err := client.Do(published)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		log.Info("reported", "id", published.Header.Get("ce-id"))
	})
}

// handWritten opens the token and makes the request to the broker.
func handWritten(body []byte, aead cipher.AEAD) (*http.Request, error) {
	var m yousignMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	box, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(m.Data.Request.ExternalID, "p1.new."))
	if err != nil || len(box) < 12 {
		return nil, io.ErrUnexpectedEOF
	}
	plain, err := aead.Open(nil, box[:12], box[12:], []byte("p1.new"))
	var s struct {
		Contract string `json:"c"`
		Attempt  int    `json:"a"`
	}
	if err != nil || json.Unmarshal(plain, &s) != nil {
		return nil, io.ErrUnexpectedEOF
	}
	data, _ := json.Marshal(map[string]any{"service": "yousign", "slot": "main", "request": m.Data.Request.ID, "attempt": s.Attempt,
		"token_sha256": digest([]byte(m.Data.Request.ExternalID)), "delivery": m.ID, "name": m.Name})
	r, err := http.NewRequest(http.MethodPost, "", bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	id, at := digest([]byte(m.ID))[:26], time.Now().Format(time.RFC3339Nano)
	text := strings.Join([]string{id, "receive-webhook", "dev.paraphe.signature.reported", s.Contract, at, hex.EncodeToString(sum[:])}, "\n")
	for k, v := range map[string]string{"ce-specversion": "1.0", "ce-id": id, "ce-source": "receive-webhook",
		"ce-type": "dev.paraphe.signature.reported", "ce-subject": s.Contract, "ce-time": at,
		"ce-signature": base64.RawURLEncoding.EncodeToString(ed25519.Sign(signingKey, []byte(text))),
		"traceparent":  "00-" + rand.Text() + "-01", "Content-Type": "application/json"} {
		r.Header.Set(k, v)
	}
	return r, nil
}
