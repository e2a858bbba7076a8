//! An INF is read as Windows reads it, and what is wrong in one is said with its line and a remedy.

use std::path::Path;

use fltsim::config::{InstanceConfig, RegistryValue};
use fltsim::inf::Inf;

/// A minifilter's INF with one line replaced, or none.
fn inf_with(line: &str, replacement: &str) -> String {
    let text = r#"
[Version]
Signature = "$Windows NT$"
Class = "ActivityMonitor"
[DefaultInstall.NTamd64]
CopyFiles = Files
[DefaultInstall.NTamd64.Services]
AddService = %Name%,,Service
[Service]
DisplayName = %Name%
ServiceBinary = %13%\sample.sys
ServiceType = 2
StartType = 3
ErrorControl = 1
LoadOrderGroup = "FSFilter Activity Monitor"
AddReg = Registry
[Registry]
HKR,"Parameters\Instances","DefaultInstance",0x00000000,%Instance%
HKR,"Parameters\Instances\"%Instance%,"Altitude",0x00000000,"370020"
HKR,"Parameters\Instances\"%Instance%,"Flags",0x00010001,0x1
[Strings]
Name = "sample"
Instance = "Sample Instance"
"#;
    assert!(line.is_empty() || text.contains(line), "the sample has no line {line}");
    if line.is_empty() { text.to_owned() } else { text.replace(line, replacement) }
}

fn parse(text: &str) -> Result<Inf, String> {
    Inf::parse(Path::new("sample.inf"), text.as_bytes()).map_err(|error| error.to_string())
}

fn service_error(line: &str, replacement: &str) -> String {
    match parse(&inf_with(line, replacement)) {
        Err(message) => message,
        Ok(inf) => inf.service().expect_err("the INF is wrong").to_string(),
    }
}

#[test]
fn the_sample_becomes_a_service() {
    let service = parse(&inf_with("", "")).unwrap().service().unwrap();
    assert_eq!(service.name, "sample");
    assert_eq!(service.load_order_group.as_deref(), Some("FSFilter Activity Monitor"));
    assert_eq!(service.start_type, 3);
    assert_eq!(service.default_instance, "Sample Instance");
    let instance = InstanceConfig { name: "Sample Instance".into(), altitude: "370020".into(), flags: 1 };
    assert_eq!(service.instances, [instance]);
    assert_eq!(service.parameters, []);
}

#[test]
fn the_drivers_own_inx_is_read_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fileguard.inx");
    let service = Inf::read(&path).unwrap().service().unwrap();
    assert_eq!(service.name, "fileguard");
    assert_eq!(service.start_type, 3);
    assert_eq!(service.load_order_group.as_deref(), Some("FSFilter Activity Monitor"));
    assert_eq!(service.instances.len(), 1);
    assert_eq!(service.instances[0].altitude, "385123.5");
    assert_eq!(service.instances[0].flags, 0);
    assert_eq!(service.default_instance, service.instances[0].name);
    let expected = [
        ("SupportedFeatures", 0),
        ("EventBufferKilobytes", 4096),
        ("AskTimeoutMilliseconds", 5000),
        ("MaximumPolicyMegabytes", 64),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), RegistryValue::Dword(value)));
    assert_eq!(service.parameters, expected);
}

#[test]
fn section_and_key_names_ignore_case_and_sections_of_one_name_are_one() {
    let text = inf_with("[Registry]", "[REGISTRY]\nHKR,Parameters,First,0x10001,1\n[registry]")
        .replace("StartType = 3", "STARTTYPE=3");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.parameters, [("First".to_owned(), RegistryValue::Dword(1))]);
}

#[test]
fn comments_end_lines_but_not_inside_quotes() {
    let text = inf_with("[Registry]", "[Registry] ; comment \"\nHKR,Parameters,Text,,\"a;b\" ; comment");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.parameters, [("Text".to_owned(), RegistryValue::String("a;b".into()))]);
}

#[test]
fn a_backslash_at_the_end_continues_a_line_unless_it_is_quoted() {
    let text = inf_with("[Registry]", "[Registry]\nHKR,Parameters, \\ ; goes on\n  Text,0,\\\n  \"C:\\\"");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.parameters, [("Text".to_owned(), RegistryValue::String("C:\\".into()))]);
}

#[test]
fn quotes_keep_spaces_commas_and_doubled_quotes() {
    let text = inf_with("[Registry]", "[Registry]\nHKR,  Parameters  ,\" a, \"\"b\"\" \",0, plain text  ");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.parameters, [(" a, \"b\" ".to_owned(), RegistryValue::String("plain text".into()))]);
}

#[test]
fn a_doubled_percent_sign_is_one_and_directory_identifiers_stay() {
    let text = inf_with("[Registry]", "[Registry]\nHKR,Parameters,Text,0,100%% of %Name% in %13%");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.parameters, [("Text".to_owned(), RegistryValue::String("100% of sample in %13%".into()))]);
}

#[test]
fn every_value_type_is_read() {
    let text = inf_with(
        "[Registry]",
        "[Registry]\n\
         HKR,Parameters,Decimal,0x00010001,4096\n\
         HKR,Parameters,Bytewise,0x00010001,01,02,00,80\n\
         HKR,Parameters,Long,0x000B0001,0x100000000\n\
         HKR,Parameters,Many,0x00010000,one,\"two, three\"\n\
         HKR,Parameters,Bytes,1,de,AD,0\n\
         HKR,Parameters\\Deep,Text,0x00020000,%%SystemRoot%%\n\
         HKLM,System\\CurrentControlSet\\Services\\SAMPLE\\Parameters,Absolute,,x\n\
         HKLM,Software\\Elsewhere,Ignored,,x",
    );
    let service = parse(&text).unwrap().service().unwrap();
    let expected = [
        ("Decimal", RegistryValue::Dword(4096)),
        ("Bytewise", RegistryValue::Dword(0x8000_0201)),
        ("Long", RegistryValue::Qword(0x1_0000_0000)),
        ("Many", RegistryValue::MultiString(vec!["one".into(), "two, three".into()])),
        ("Bytes", RegistryValue::Binary(vec![0xDE, 0xAD, 0])),
        ("Deep\\Text", RegistryValue::String("%SystemRoot%".into())),
        ("Absolute", RegistryValue::String("x".into())),
    ];
    assert_eq!(service.parameters, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn parameters_instances_come_before_instances() {
    let older = "HKR,\"Instances\",\"DefaultInstance\",0,Old\nHKR,\"Instances\\Old\",\"Altitude\",0,\"1\"";
    let text = inf_with("[Registry]", &format!("[Registry]\n{older}"));
    assert_eq!(parse(&text).unwrap().service().unwrap().default_instance, "Sample Instance");
    let text = inf_with("", "").replace("\"Parameters\\Instances", "\"Instances");
    let service = parse(&text).unwrap().service().unwrap();
    assert_eq!(service.instances[0].altitude, "370020");
}

#[test]
fn utf_16_utf_8_and_latin_1_are_read() {
    let text = inf_with("Name = \"sample\"", "Name = \"prüfer\"");
    let utf_16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf_8 = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let latin_1: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    for content in [utf_16, utf_8, latin_1] {
        let inf = Inf::parse(Path::new("x.inf"), &content).unwrap();
        assert_eq!(inf.service().unwrap().name, "prüfer");
    }
}

#[test]
fn errors_name_the_file_the_line_and_a_remedy() {
    let cases = [
        ("Signature = \"$Windows NT$\"", "", "sample.inf:2: [Version] has no Signature"),
        ("Name = \"sample\"", "", "sample.inf:8: %Name% is not defined: add Name"),
        ("[Service]", "[Service", "sample.inf:9: the section header"),
        ("DisplayName = %Name%", "DisplayName = \"x", "sample.inf:10: a quoted string is not closed"),
        ("AddService = %Name%,,Service", "", "sample.inf:7: [DefaultInstall.NTamd64.Services] has no AddService"),
        ("AddService = %Name%,,Service", "AddService = a,,Nowhere", "sample.inf:8: AddService names the section"),
        ("[DefaultInstall.NTamd64]", "[DefaultInstall.NTarm64]", "[DefaultInstall.NTarm64] is for another processor"),
        ("StartType = 3", "", "sample.inf:9: [Service] has no StartType: write StartType = 3"),
        ("StartType = 3", "StartType = demand", "sample.inf:13: StartType is \"demand\", which is no number"),
        ("StartType = 3", "StartType = 7", "sample.inf:13: StartType is 7"),
        ("ServiceType = 2", "ServiceType = 16", "sample.inf:12: ServiceType is 16"),
        ("AddReg = Registry", "", "the service has no instances"),
        ("\"370020\"", "\"high\"", "sample.inf:19: \"high\" is no altitude"),
        ("\"Altitude\",0x00000000", "\"Altitude\",0x00010001", "sample.inf:19: an altitude is a string"),
        ("\"Altitude\"", "\"Attitude\"", "sample.inf:19: the instance \"Sample Instance\" has no altitude"),
        ("0x00000000,%Instance%", "0x00000000,Other", "sample.inf:18: the default instance \"Other\" is not defined"),
        ("\"Flags\",0x00010001", "\"Flags\",zero", "sample.inf:20: the flags \"zero\" are no number"),
    ];
    for (line, replacement, expected) in cases {
        let message = service_error(line, replacement);
        assert!(message.contains(expected), "for {replacement:?} instead of {line:?}: {message}");
    }
}

#[test]
fn a_string_that_is_not_defined_matters_only_where_the_service_comes_from() {
    let text = inf_with("CopyFiles = Files", "CopyFiles = %Missing%");
    assert_eq!(parse(&text).unwrap().service().unwrap().name, "sample");
    let text = inf_with("\"370020\"", "%Missing%");
    let error = parse(&text).unwrap().service().unwrap_err().to_string();
    assert!(error.contains("sample.inf:19: %Missing% is not defined"), "{error}");
}

#[test]
fn files_that_are_no_inf_are_refused() {
    for content in [&b""[..], b"hello", b"[Strings]\nx = y", b"MZ\x90\0\x03", b"\xFF\xFEa", b"\xFE\xFF\0["] {
        assert!(Inf::parse(Path::new("x.inf"), content).is_err(), "{content:?}");
    }
    let missing = Inf::read(Path::new("/nowhere/x.inf")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/x.inf: the INF cannot be read"), "{missing}");
}
