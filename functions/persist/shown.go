package persist

import "github.com/paraphe/paraphe/shared/record"

// portion is what somebody is shown of a contract beside how it stands, its title and its signers' names.
type portion struct {
	data     bool // what the template was filled with
	contacts bool // the signers' e-mail addresses, phones and languages
	owner    bool // whose it is, with the address that letters are answered to
	token    bool // the sealed message of the current attempt
}

// portions are what each function is shown: what its work needs. Whom send-mail writes to is in its claim of the letter. A
// function that is not here is shown neither these nor the names.
var portions = map[string]portion{
	orchestrate:   {data: true, contacts: true, owner: true, token: true},
	Manifest.Name: {data: true, contacts: true, owner: true},
	generateDoc:   {data: true},
	sendMail:      {owner: true},
}

// shown is a contract as asks is shown it. Which contracts a person sees is row-level security's to say.
func (c caller) shown(v record.View) record.View {
	if c.Function == "" {
		v.Token = ""
		return v
	}
	p, known := portions[c.Function]
	if !p.data {
		v.Data = nil
	}
	if !p.owner {
		v.OwnerName, v.OwnerEmail, v.OwnerLocale = "", "", ""
	}
	if !p.token {
		v.Token = ""
	}
	people := make([]record.Person, len(v.People))
	for i, s := range v.People {
		switch {
		case p.contacts:
			people[i] = s
		case known:
			people[i] = record.Person{ID: s.ID, FirstName: s.FirstName, LastName: s.LastName}
		}
	}
	v.People = people
	return v
}
