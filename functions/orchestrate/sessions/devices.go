package sessions

import (
	"crypto/hmac"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
)

// A browser that has logged in to an account carries a proof of it (OWASP, "Slow Down Online Guessing Attacks with Device
// Cookies"): its failures are counted by themselves, so that nobody who guesses at the account elsewhere, be it in the
// same network, makes its owner wait. The proof opens nothing, and is worth nothing for another account.
const (
	deviceLife   = 365 * 24 * time.Hour // since the last log-in
	deviceProofs = 4                    // of the accounts that logged in last; a browser may have several

	betweenProofs = "~" // what cookies may hold (RFC 6265 §4.1.1) and base64url has not
	betweenParts  = "."
)

// deviceProof is "name.time.MAC": a random name, the Unix time of the log-in, and what binds both to an account.
func (a *API) deviceProof(name string, at time.Time, account string, key auth.PrivateKey) string {
	out := name + betweenParts + strconv.FormatInt(at.Unix(), 10)
	return out + betweenParts + key.MAC(auth.Device, out+betweenParts+account)
}

// knownDevice returns the name of the proof that this browser has for an account, and what else it has.
func (a *API) knownDevice(cookie, account string) (name string, others []string) {
	for _, proof := range firstProofs(cookie) {
		if proved := a.nameInProof(proof, account); proved != "" {
			name = proved
		} else {
			others = append(others, proof)
		}
	}
	return name, others
}

func firstProofs(cookie string) []string {
	if cookie == "" {
		return nil
	}
	proofs := strings.SplitN(cookie, betweenProofs, deviceProofs+1)
	return proofs[:min(len(proofs), deviceProofs)]
}

// nameInProof returns the name in a proof that one of our keys made for the account, or "".
func (a *API) nameInProof(proof, account string) string {
	parts := strings.Split(proof, betweenParts)
	if len(parts) != 3 {
		return ""
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || a.Now().Sub(at) > deviceLife {
		return ""
	}
	for _, key := range a.Tokens.Private {
		if hmac.Equal([]byte(proof), []byte(a.deviceProof(parts[0], at, account, key))) {
			return parts[0]
		}
	}
	return ""
}

// rememberDevice gives the browser a new proof for an account beside those that it has for others.
func (a *API) rememberDevice(c rest.Call, account string) {
	_, others := a.knownDevice(a.cookies.of(c.R, a.cookies.Device), account)
	proofs := append([]string{a.deviceProof(rand.Text(), a.Now(), account, a.Tokens.Private[0])}, others...)
	proofs = proofs[:min(len(proofs), deviceProofs)]
	a.cookies.set(c.W, a.cookies.Device, strings.Join(proofs, betweenProofs), int(deviceLife.Seconds()))
}
