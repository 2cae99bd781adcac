package frontend

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
)

// securityHeaders go on every answer, whoever wrote it (OWASP Secure Headers Project; HSTS is the ingress's, which
// alone knows whether it ends TLS).
func securityHeaders(contentPolicy string) map[string]string {
	return map[string]string{
		"Content-Security-Policy":      contentPolicy,
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer", // an address may name a contract
		"Permissions-Policy":           "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Frame-Options":              "DENY", // for browsers that do not know frame-ancestors
	}
}

// policy is the Content-Security-Policy (W3C CSP level 3): our own files and nothing else, no inline script or
// style. frame-src has blob: because the PDF is fetched with the person's token and shown from memory.
func policy(signaturePages function.URL) string {
	pages := origin(signaturePages)
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' data:",
		"connect-src 'self'",
		"frame-src 'self' blob:" + pages,
		"form-action 'self'" + pages,
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// origin is " scheme://host" of the address, to be appended to a directive, or "" if there is none: a path in a
// source expression would not survive a redirect.
func origin(address function.URL) string {
	u, err := url.Parse(address.String())
	if err != nil || u.Host == "" {
		return ""
	}
	return " " + u.Scheme + "://" + u.Host
}

// secured sets the security headers before next answers.
func secured(contentPolicy string, next http.Handler) http.Handler {
	headers := securityHeaders(contentPolicy)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
