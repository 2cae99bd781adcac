package frontend

import (
	"fmt"
	"net/http"
)

// signingPage is what stands in for the signature service's hosted page.
func (f *fake) signingPage() {
	f.mux.HandleFunc("GET /signing/{contract}/{signer}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<title>Signing</title><form method="post"><button id="confirm">Sign with the code</button></form><a href="%s/sign">back</a>`, f.pages)
	})
	f.mux.HandleFunc("POST /signing/{contract}/{signer}", func(w http.ResponseWriter, r *http.Request) {
		c := f.find(r.PathValue("contract"))
		c.confirming = r.PathValue("signer")
		http.Redirect(w, r, f.pages+"/sign", http.StatusSeeOther)
	})
}
