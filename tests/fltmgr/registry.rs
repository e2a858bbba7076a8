use crate::runner::runner_that_starts;
use fltmgr::{Error, utf16};
use fltsim::config::RegistryValue;

fn values() -> Vec<(&'static str, RegistryValue)> {
    vec![
        ("Number", RegistryValue::Dword(7)),
        ("Large", RegistryValue::Qword(0x1_0000_0002)),
        ("Text", RegistryValue::String("a name".to_owned())),
        ("Long", RegistryValue::String("x".repeat(5000))),
        ("Several", RegistryValue::MultiString(vec!["one".to_owned(), "two".to_owned()])),
        ("None", RegistryValue::MultiString(Vec::new())),
        ("Bytes", RegistryValue::Binary(vec![1, 2, 3])),
        ("Huge", RegistryValue::Binary(vec![0; 70_000])),
    ]
}

fn text(units: &[u16]) -> String {
    String::from_utf16(units).unwrap()
}

#[test]
fn parameters_have_the_types_that_they_are_asked_for() {
    let (_runner, ()) = runner_that_starts(&values(), |starting| {
        let (parameters, at) = (starting.parameters().unwrap(), starting.irql());
        assert_eq!(parameters.dword(utf16!("Number"), at), Ok(Some(7)));
        assert_eq!(parameters.dword(utf16!("number"), at), Ok(Some(7)), "case does not matter");
        assert_eq!(parameters.qword(utf16!("Large"), at), Ok(Some(0x1_0000_0002)));
        assert_eq!(text(&parameters.string(utf16!("Text"), at).unwrap().unwrap()), "a name");
        assert_eq!(parameters.string(utf16!("Long"), at).unwrap().unwrap().len(), 5000);
        let several = parameters.multi_string(utf16!("Several"), at).unwrap().unwrap();
        assert_eq!(several.iter().map(text).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(parameters.multi_string(utf16!("None"), at).unwrap().unwrap().iter().count(), 0);
        assert_eq!(&*parameters.binary(utf16!("Bytes"), at).unwrap().unwrap(), &[1, 2, 3]);
    });
}

#[test]
fn a_parameter_that_is_missing_is_told_from_one_of_another_type() {
    let (_runner, ()) = runner_that_starts(&values(), |starting| {
        let (parameters, at) = (starting.parameters().unwrap(), starting.irql());
        assert_eq!(parameters.dword(utf16!("Missing"), at), Ok(None));
        assert!(parameters.string(utf16!("Missing"), at).unwrap().is_none());
        assert!(parameters.binary(utf16!("Missing"), at).unwrap().is_none());
        assert_eq!(parameters.dword(utf16!("Text"), at), Err(Error::OBJECT_TYPE_MISMATCH));
        assert_eq!(parameters.dword(utf16!("Large"), at), Err(Error::OBJECT_TYPE_MISMATCH));
        assert_eq!(parameters.qword(utf16!("Number"), at), Err(Error::OBJECT_TYPE_MISMATCH));
        assert_eq!(parameters.string(utf16!("Several"), at).err(), Some(Error::OBJECT_TYPE_MISMATCH));
        assert_eq!(parameters.multi_string(utf16!("Text"), at).err(), Some(Error::OBJECT_TYPE_MISMATCH));
        assert_eq!(parameters.binary(utf16!("Huge"), at).err(), Some(Error::INVALID_BUFFER_SIZE));
    });
}
