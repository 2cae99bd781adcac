package mailbox

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Mail is one mail to one recipient.
type Mail struct {
	ID          string            `json:"id"`
	At          time.Time         `json:"at"`
	To          string            `json:"to"` // the bare address
	ToName      string            `json:"to_name,omitempty"`
	From        string            `json:"from"`
	FromName    string            `json:"from_name,omitempty"`
	ReplyTo     string            `json:"reply_to,omitempty"`
	Subject     string            `json:"subject"`
	Text        string            `json:"text,omitempty"`
	HTML        string            `json:"html,omitempty"`
	Links       []string          `json:"links"` // every web address in it, in order, once
	CustomArgs  map[string]string `json:"custom_args"`
	Headers     map[string]string `json:"headers,omitempty"`
	Attachments []Attachment      `json:"attachments"`
}

// Attachment is a file in a mail.
type Attachment struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Size    int    `json:"size"` // in bytes
	URL     string `json:"url"`  // where it is to be had, below the mailbox's address
	Content []byte `json:"content,omitempty"`
}

var (
	reference = regexp.MustCompile(`(?i)\shref="(https?://[^"]+)"`)
	address   = regexp.MustCompile(`https?://[^\s<>"]+`)
)

// linksIn lists the web addresses of a mail's two forms: in its HTML those that can be clicked.
func linksIn(text, markup string) []string {
	links := []string{}
	add := func(link string) {
		if !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	for _, found := range reference.FindAllStringSubmatch(markup, -1) {
		add(html.UnescapeString(found[1]))
	}
	for _, found := range address.FindAllString(text, -1) {
		add(strings.TrimRight(found, ".,;:!?)"))
	}
	return links
}

// brief leaves out what a list does not show.
func (m Mail) brief() Mail {
	m.Text, m.HTML, m.Headers = "", "", nil
	return m
}

// bare leaves out the bytes of what is attached.
func (m Mail) bare() Mail {
	m.Attachments = slices.Clone(m.Attachments)
	for i := range m.Attachments {
		m.Attachments[i].Content = nil
	}
	return m
}
